"""``make bench-retrieval``: what a hybrid query with permissions costs, beside four others that do the same."""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from bench.ingest.embedder import KeptVectors
from bench.ingest.peers import peers_python
from bench.retrieval.corpus import write_corpus
from bench.retrieval.real import real_chunks
from bench.retrieval.runner import ROOT, Entry, match
from bench.retrieval.table import Session, page

from ragstone_evals.environment import code_revision, environment

WORK = ROOT / ".cache" / "bench-retrieval"
RESULTS = ROOT / "bench" / "results"
REAL = 12_000
COMPARES_ALL_IN_PYTHON = ("LlamaIndex + Qdrant", "Haystack + Qdrant")


def main(options: argparse.Namespace) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    corpus, peers = (
        WORK / f"corpus-{options.chunks}.npz",
        peers_python(WORK / "peers", Path(__file__).with_name("requirements.txt")),
    )
    real = real_chunks(options.data, WORK, min(REAL, options.real))
    write_corpus(real, options.chunks, options.queries, corpus)
    KeptVectors(WORK / "vectors.db").put(real.questions, list(real.question_vectors))
    shutil.rmtree(WORK / "stores", ignore_errors=True)
    with _embedder() as url, match() as running:
        entries = _entries(corpus, peers, url)
        chosen = [entry for entry in entries if _is_chosen(entry, options)]
        started = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        for entry in chosen:
            print(f"building {entry.name}", file=sys.stderr, flush=True)
            running.enter(entry)
        print("asking", file=sys.stderr, flush=True)
        running.play(options.queries, options.rounds)
        session = Session(
            size=options.chunks,
            started=started,
            revision=code_revision(),
            environment=", ".join(f"{name} {value}" for name, value in environment().items()),
            queries=options.queries,
            rounds=options.rounds,
            left_out=[entry.name for entry in entries if entry not in chosen],
            results=list(running.results.values()),
            exact=np.load(corpus)["exact"].tolist(),
        )
    print(_write(session, options.results))


def _entries(corpus: Path, peers: Path, embedder: str) -> list[Entry]:
    def entry(name: str, python: Path | str, module: str, *arguments: str) -> Entry:
        folder = WORK / "stores" / module / str(len(arguments))
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(python), "-m", f"bench.retrieval.contestants.{module}", str(corpus), *arguments, str(folder)]
        return Entry(name, command)

    own = sys.executable
    return [
        entry("Ragstone, embedded engine", own, "ragstone", "edge", embedder),
        entry("Ragstone, pgvector", own, "ragstone_postgres", embedder),
        entry("LlamaIndex + Qdrant", peers, "llamaindex"),
        entry("Haystack + Qdrant", peers, "haystack_retriever"),
        entry("pgvector, SQL", own, "pgvector_sql"),
        entry("faiss, dense only", peers, "faiss_graph"),
    ]


def _is_chosen(entry: Entry, options: argparse.Namespace) -> bool:
    if options.only:
        return any(part in entry.name for part in options.only)
    return entry.name not in COMPARES_ALL_IN_PYTHON or options.chunks <= options.slow_up_to


@contextmanager
def _embedder() -> Iterator[str]:
    """The questions' vectors behind OpenAI's wire, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.ingest.embedder", str(port), str(WORK / "vectors.db")]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _write(session: Session, folder: Path) -> str:
    """Keep the run beside those of other sizes, and write the page over all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "retrieval.json"
    sessions: dict[str, Session] = json.loads(kept.read_text()) if kept.exists() else {}
    sessions[str(session["size"])] = session
    kept.write_text(json.dumps(sessions))
    text = page(list(sessions.values()))
    (folder / "retrieval.md").write_text(text)
    return text


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", type=int, default=REAL, help="real chunks to embed at most")
    parser.add_argument("--only", nargs="*", help="parts of the names of those that take part")
    parser.add_argument(
        "--slow-up-to", type=int, default=20_000, help="chunks up to which Qdrant's local mode takes part"
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(_options())
