"""The comparison as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

HEAD = """# Embedder: texts a second and the wait of a query

Made by `make bench-embedder`. Everyone runs the same ONNX file of `bge-small-en-v1.5` (int8) with the same onnxruntime
on the same cores, each in a process of its own, alive together and working in turns; a first round is not counted.
Texts are pieces of this repository's documentation of exactly {tokens} tokens, so that nobody pads; queries are the
first eight words of its sentences, asked one by one. CPU is that of the process that embeds. Memory is the most it ever
held, Python and model included.
"""
FOOT = """
*In process* is the embedder without the service; *service* is the whole of it over HTTP on the loopback address, with
signed tokens, 32 texts a call and 4 calls at a time as ingestion asks, vectors as base64. Ragstone runs a text on one
thread and as many at a time as there are cores; fastembed runs a batch on all of them, which is quicker for a lone
query on an idle machine. Its default batch is 256 texts; 1 is the kindest to this model. *Beside a load* is a query
asked while texts are being embedded; a library has no queue to say so of. *As the first* is the cosine of a text's
vector with that of the first row, the lowest: this model scales its numbers over the whole batch, so a batch changes
a text's vector.

sentence-transformers is left out: it cannot be installed without torch, and through torch it would not run this file.
"""
COLUMNS = [
    "",
    "texts/s",
    "CPU ms a text",
    "query p50 ms",
    "p99 ms",
    "CPU ms a query",
    "beside a load p50",
    "p99 ms",
    "memory MB",
    "as the first",
]


@dataclass
class Figures:
    """Of one contestant: rates and CPU milliseconds by round, waits in milliseconds of all rounds."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    query_cpu: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    bytes: int = 0
    likeness: float = 1.0


@dataclass(frozen=True)
class Run:
    started: str
    revision: str
    environment: str
    tokens: int
    texts: int
    queries: int
    rounds: int
    workers: int
    load: tuple[float, float]
    """Processes that wanted a core, in the minute before the run and in its last."""


def page(run: Run, results: dict[str, Figures]) -> str:
    lines = [
        HEAD.format(tokens=run.tokens),
        f"Run {run.started}, commit {run.revision}; {run.environment}.",
        f"{run.texts} texts and {run.queries} queries a round, {run.rounds} rounds, {run.workers} threads each;"
        " median (least to most) of the rounds."
        f" Load of the machine in the minute before: {run.load[0]:.1f}, in the last: {run.load[1]:.1f}.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
        *(_row(name, figures) for name, figures in results.items()),
    ]
    return "\n".join(lines) + "\n" + FOOT


def _row(name: str, figures: Figures) -> str:
    cells = [
        name,
        _spread(figures.rates, 0),
        _spread(figures.cpu, 1),
        *_waits(figures.waits),
        _spread(figures.query_cpu, 1),
        *_waits(figures.beside),
        f"{figures.bytes / 1e6:.0f}",
        f"{figures.likeness:.4f}",
    ]
    return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _waits(values: Sequence[float]) -> tuple[str, str]:
    if len(values) < 2:
        return "", ""
    return f"{median(values):.1f}", f"{quantiles(values, n=100, method='inclusive')[98]:.1f}"
