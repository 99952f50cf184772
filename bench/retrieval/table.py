"""The comparison as Markdown: a section for each size, the newest run of each."""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import TypedDict

from bench.retrieval.runner import Figures, Result

HEAD = """# Retrieval: what a hybrid query costs under permissions

Made by `make bench-retrieval`. Everyone holds the same chunks with the same vectors and term weights and answers the
same real questions under the same condition, which is part of the query: tenant, readers and version; about 23 chunks
of 100 satisfy it. Contestants are processes of their own, alive together and asked in turns of ten questions; a first
round is not counted. CPU is that of all of a contestant's processes, in the round in the middle (all rounds); waits are
of all rounds. Recall is of the dense leg against comparing all vectors. Building includes what goes on in the
background afterwards. Memory is proportional set size. How larger corpora are made from the real one stands in
`bench/retrieval/corpus.py`.

*Service* is Ragstone's whole retrieval service: from a signed token and the question's text to passages as JSON, with
the collection looked up in its tables; the embedder is another process, not counted. The other rows are handed vectors.
LlamaIndex and Haystack run over Qdrant's local mode, the one that needs no server, which compares all vectors in
Python. pgvector ranks words by `ts_rank_cd`, not BM25; faiss has no words, so its figure is its dense search for fifty.
"""
COLUMNS = ["", "CPU ms a query", "p50 ms", "p99 ms", "recall@10", "memory MB", "build s", "build CPU s"]


class Session(TypedDict):
    """One run at one size; ``exact`` are the right answers to the dense queries."""

    size: int
    started: str
    revision: str
    environment: str
    queries: int
    rounds: int
    left_out: list[str]
    results: list[Result]
    exact: list[list[int]]


def page(sessions: Sequence[Session]) -> str:
    return "\n".join([HEAD, *(_section(one) for one in sorted(sessions, key=lambda one: one["size"]))])


def _section(session: Session) -> str:
    lines = [
        f"## {session['size']:,} chunks",
        "",
        f"Run {session['started']}, commit {session['revision']}; {session['environment']}.",
        f"{session['queries']} questions, {session['rounds']} rounds.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for result in session["results"]:
        for kind in ("hybrid", "service"):
            if kind in result["searches"]:
                lines.append(_row(result, kind, session["exact"]))
    lines += ["", *(f"Left out at this size: {name}." for name in session["left_out"])]
    return "\n".join(lines).rstrip() + "\n"


def _row(result: Result, kind: str, exact: Sequence[Sequence[int]]) -> str:
    figures, build = result["searches"][kind], result["build"]
    name = result["name"] if kind == "hybrid" else f"{result['name']}, service"
    cpu = figures["cpu"]
    cells = [
        name,
        f"{median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f})",
        f"{median(figures['waits']):.1f}",
        f"{quantiles(figures['waits'], n=100, method='inclusive')[98]:.1f}",
        f"{_recall(result['searches']['dense'], exact):.3f}" if kind == "hybrid" else "",
        f"{result['bytes'] / 1e6:.0f}",
        f"{build['seconds']:.0f}",
        f"{build['cpu_seconds']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _recall(figures: Figures, exact: Sequence[Sequence[int]]) -> float:
    shares = [
        len(set(found[:10]) & set(right)) / len(right) for found, right in zip(figures["found"], exact, strict=True)
    ]
    return sum(shares) / len(shares)
