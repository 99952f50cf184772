"""``make bench-embedder``: how fast texts and queries are embedded, beside fastembed with the same model file."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from bench.embedder.table import Figures, Run, page
from bench.embedder.texts import chunks_of, queries_of
from bench.ingest.peers import peers_python
from bench.retrieval.runner import ROOT, Process

from ragstone_evals.environment import code_revision, environment
from ragstone_inference.model_files import OnnxFiles, ensure_models
from ragstone_inference.settings import ModelSettings, usable_cores

WORK = ROOT / ".cache" / "bench-embedder"
RESULTS = ROOT / "bench" / "results"
HERE = Path(__file__).resolve().parent
_COMPARED = 16


def main(options: argparse.Namespace) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    files = ensure_models(ModelSettings().models_dir).embedder
    texts = chunks_of(ROOT, files.tokenizer, options.tokens, options.texts)
    queries = queries_of(ROOT, options.queries)
    load = os.getloadavg()[0]
    started = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    with _contestants(files, options.workers) as contestants:
        results = {name: Figures() for name in contestants}
        for number in range(options.rounds + 1):
            for name, process in contestants.items():
                print(f"round {number} of {options.rounds}: {name}", file=sys.stderr, flush=True)
                _round(process, results[name] if number else Figures(), texts, queries)
        first: np.ndarray | None = None
        for name, process in contestants.items():
            vectors = np.array(process.order("vectors", texts=texts[:_COMPARED])["vectors"])
            first = vectors if first is None else first
            results[name].likeness = float((vectors * first).sum(axis=1).min())
            results[name].bytes = process.order("memory")["bytes"]
    run = Run(
        started,
        code_revision(),
        ", ".join(f"{name} {value}" for name, value in environment().items()),
        options.tokens,
        len(texts),
        len(queries),
        options.rounds,
        options.workers,
        (load, os.getloadavg()[0]),
    )
    text = page(run, results)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "embedder.md").write_text(text)
    print(text)


def _round(process: Process, figures: Figures, texts: list[str], queries: list[str]) -> None:
    bulk = process.order("bulk", texts=texts)
    figures.rates.append(len(texts) / bulk["seconds"])
    figures.cpu.append(1000 * bulk["cpu_seconds"] / len(texts))
    asked = process.order("queries", texts=queries)
    figures.waits += [1000 * wait for wait in asked["waits"]]
    figures.query_cpu.append(1000 * asked["cpu_seconds"] / len(queries))
    figures.beside += [1000 * wait for wait in process.order("beside", texts=texts, queries=queries)["waits"]]


@contextmanager
def _contestants(files: OnnxFiles, workers: int) -> Iterator[dict[str, Process]]:
    peer, folder = peers_python(WORK / "peers", HERE / "requirements.txt"), WORK / "model"
    folder.mkdir(exist_ok=True)
    for file in (files.model, files.tokenizer):
        shutil.copyfile(file, folder / file.name)
    started: dict[str, Process] = {}

    def start(name: str, python: Path | str, module: str, *arguments: str) -> None:
        started[name] = Process([str(python), "-m", f"bench.embedder.contestants.{module}", *arguments])

    try:
        start("Ragstone, in process", sys.executable, "ragstone", str(workers))
        start("Ragstone, service", sys.executable, "service", str(workers))
        start("fastembed", peer, "peer", str(folder), str(workers), "256")
        start("fastembed, batches of 1", peer, "peer", str(folder), str(workers), "1")
        yield started
    finally:
        for process in started.values():
            process.end()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/embedder", description=__doc__)
    parser.add_argument("--texts", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=200, help="of each text")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=usable_cores(), help="threads of everyone")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


if __name__ == "__main__":
    main(_options())
