"""The comparison as Markdown."""

from collections.abc import Mapping
from typing import TypedDict


class Result(TypedDict):
    """What contestants/outcome.py reports."""

    documents: int
    chunks: int
    cpu_seconds: float
    seconds: float
    queries: int
    hits: int
    accepting_cpu_seconds: float


def table(results: Mapping[str, Result], documents: int, rounds: int) -> str:
    """A row for everyone; ratios are Ragstone's CPU by the other's."""
    own = _per_document(results["Ragstone"])
    lines = [
        "# Ingest: CPU a document",
        "",
        f"{documents} documents, median of {rounds} interleaved rounds. The embedder (a process of its own, the same",
        "for all) and parsing are left out; Ragstone's figure holds jobs, tables, lexical vectors and engine process.",
        "",
        "| | chunks | CPU ms a document | Ragstone's share of it | hit@5 |",
        "|---|---|---|---|---|",
    ]
    for name, result in results.items():
        cpu = _per_document(result)
        hit = result["hits"] / result["queries"]
        lines.append(f"| {name} | {result['chunks']} | {cpu:.2f} | {own / cpu:.2f} | {hit:.3f} |")
    accepting = results["Ragstone"]["accepting_cpu_seconds"] / documents * 1000
    lines += ["", f"Taking an upload in and storing it safely costs Ragstone {accepting:.2f} ms CPU besides.", ""]
    return "\n".join(lines)


def _per_document(result: Result) -> float:
    return result["cpu_seconds"] / result["documents"] * 1000
