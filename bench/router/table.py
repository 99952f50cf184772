"""The comparison as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.router.load import Tally

OWN, DIRECT, LITELLM = "Ragstone", "(no router)", "LiteLLM"
CONNECTIONS = (1, 16, 64)
KINDS = ("whole", "stream")

HEAD = """# Router: what it costs to stand in between

Made by `make bench-router`. All routers are alive together, one process or worker each, in front of the same server,
which speaks the OpenAI wire by heart; they are asked in turns by the same clients, which ask again as soon as they are
answered. A first round is not counted. CPU is of all processes of a router: the round in the middle (all rounds), over
all connections. That of a streamed piece is what streams took beyond as many whole answers, by piece; pieces come
{pause:g} ms apart. Waits are added to those without a router, at as many connections: of a stream until its first word.

Ragstone runs with everything on: signed identity, budget and limits of tenant and user, breaker, prices, a ledger in
SQLite, one span and metrics for each request. LiteLLM runs with a master key and without a database, `vllm-router`
without any key, and the bare proxy is forty lines of aiohttp that do nothing but forward.
"""


@dataclass
class Cell:
    """One contestant's figures of one kind of request at so many connections, over all rounds."""

    waits: list[float] = field(default_factory=list)
    answers: int = 0
    errors: int = 0

    def add(self, tally: Tally) -> None:
        self.waits += tally.waits
        self.answers += tally.answers
        self.errors += tally.errors


@dataclass
class Crowd:
    """So many streams at once: peak of resident bytes."""

    streams: int
    answers: int
    errors: int
    seconds: float
    cpu_seconds: float
    first_words: list[float]
    rest_bytes: int
    peak_bytes: int


@dataclass
class Figures:
    """One contestant. CPU in microseconds, a round each; cells by kind and connections."""

    of_request: list[float] = field(default_factory=list)
    of_piece: list[float] = field(default_factory=list)
    cells: dict[tuple[str, int], Cell] = field(default_factory=dict)
    crowd: Crowd | None = None


def page(session: Sequence[str], results: Mapping[str, Figures], pause: float) -> str:
    """``session`` are lines about the run."""
    return "\n".join(
        [
            HEAD.format(pause=1000 * pause),
            *session,
            "",
            *_costs(results),
            "",
            *_waits(results),
            "",
            *_crowds(results),
            "",
        ]
    )


def _costs(results: Mapping[str, Figures]) -> list[str]:
    lines = ["| | CPU us a request | requests a core second | of LiteLLM's | CPU us a streamed piece | errors |"]
    lines.append("|---" * 6 + "|")
    routers = {name: one for name, one in results.items() if name != DIRECT}
    peer = routers.get(LITELLM)
    for name, one in routers.items():
        request = median(one.of_request)
        ratio = f"{median(peer.of_request) / request:.1f} x" if peer else ""
        errors = sum(cell.errors for cell in one.cells.values())
        cells = [name, _spread(one.of_request), f"{1e6 / request:,.0f}", ratio, _spread(one.of_piece), str(errors)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _spread(rounds: Sequence[float]) -> str:
    return f"{median(rounds):,.0f} ({min(rounds):,.0f} to {max(rounds):,.0f})"


def _waits(results: Mapping[str, Figures]) -> list[str]:
    columns = [(kind, connections) for kind in KINDS for connections in CONNECTIONS]
    lines = [f"| added p50 / p99 ms | {' | '.join(f'{kind}, {count}' for kind, count in columns)} |"]
    lines.append("|---" * (1 + len(columns)) + "|")
    direct = results[DIRECT]
    for name, one in results.items():
        added = (_added(one.cells[column], direct.cells[column], name == DIRECT) for column in columns)
        lines.append(f"| {name} | {' | '.join(added)} |")
    return lines


def _added(cell: Cell, direct: Cell, is_direct: bool) -> str:
    own, base = _p50_p99(cell), _p50_p99(direct)
    less = (0.0, 0.0) if is_direct else base
    return f"{own[0] - less[0]:.2f} / {own[1] - less[1]:.2f}"


def _p50_p99(cell: Cell) -> tuple[float, float]:
    """In milliseconds."""
    cuts = quantiles(cell.waits, n=100, method="inclusive")
    return 1000 * cuts[49], 1000 * cuts[98]


def _crowds(results: Mapping[str, Figures]) -> list[str]:
    crowds = {name: one.crowd for name, one in results.items() if one.crowd is not None}
    streams = max((one.streams for one in crowds.values()), default=0)
    lines = [f"{streams:,} streams at once, once each:", ""]
    lines.append("| | answered | errors | seconds | CPU s | first word p50 / p99 ms | MB before | MB at most |")
    lines.append("|---" * 8 + "|")
    for name, one in crowds.items():
        p50, p99 = _p50_p99(Cell(one.first_words)) if len(one.first_words) > 1 else (0.0, 0.0)
        cells = [name, f"{one.answers:,}", f"{one.errors:,}", f"{one.seconds:.1f}", f"{one.cpu_seconds:.1f}"]
        cells += [f"{p50:,.0f} / {p99:,.0f}", f"{one.rest_bytes / 1e6:.0f}", f"{one.peak_bytes / 1e6:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
