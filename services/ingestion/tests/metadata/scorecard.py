"""Prints how well metadata is inferred: ``python -m services.ingestion.tests.metadata.scorecard [--faults]``."""

import sys
import time
import timeit

from ragstone_ingestion.metadata import infer

from .labelled import SCORED, Score, labelled, parsed_of, score

_RUNS, _ROUNDS = 100, 10


def main() -> None:
    halves = {name: score(one for one in labelled() if one.half == name) for name in ("tune", "held")}
    lines = [_row("field", "n", "precision", "recall", "n", "precision", "recall")]
    lines += [_row(name, *_cells(halves["tune"], [name]), *_cells(halves["held"], [name])) for name in SCORED]
    lines.append(_row("all", *_cells(halves["tune"], SCORED), *_cells(halves["held"], SCORED)))
    sizes = {name: sum(one.half == name for one in labelled()) for name in halves}
    sys.stdout.write(f"made on {sizes['tune']} documents (left), measured on {sizes['held']} others (right)\n")
    sys.stdout.write("\n".join(lines) + f"\n\n{_milliseconds():.2f} ms for a document of 1,500 characters\n")
    for name, counts in halves.items():
        for fault in counts.faults if "--faults" in sys.argv and (name == "tune" or "--held" in sys.argv) else []:
            sys.stdout.write(f"{name}: {fault}\n")


def _cells(counts: Score, names: list[str]) -> tuple[str, str, str]:
    expected = sum(counts.right[name] + counts.missed[name] for name in names)
    return str(expected), f"{counts.precision(names):.2f}", f"{counts.recall(names):.2f}"


def _row(*cells: str) -> str:
    first, *rest = cells
    return f"{first:16}" + "".join(f"{cell:>10}" for cell in rest)


def _milliseconds() -> float:
    """Of CPU for one document, the best of a few rounds."""
    text = next(one for one in labelled() if len(one.parsed.text) > 1_200).parsed.text
    document = parsed_of((text + "\n\n" + text)[:1_500])
    rounds = timeit.repeat(
        lambda: infer(document, "report_2023.pdf", {}), timer=time.process_time, number=_RUNS, repeat=_ROUNDS
    )
    return min(rounds) / _RUNS * 1_000


if __name__ == "__main__":
    main()
