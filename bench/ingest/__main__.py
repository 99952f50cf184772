"""``make bench-ingest``: the CPU a document costs on its way in, beside LlamaIndex and Haystack over Qdrant.

Everyone gets the same documents, the same embedder behind the same wire, chunks of the same size and 32 texts a call.
The rounds take turns, so that a busy machine is busy for all.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ingest.corpus import prepare
from bench.ingest.peers import peers_python
from bench.ingest.table import Result, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / ".cache" / "bench-ingest"
CONTESTANTS = {
    "Ragstone": "ragstone",
    "LlamaIndex + Qdrant": "llamaindex",
    "Haystack + Qdrant": "haystack_pipeline",
}


def main(options: argparse.Namespace) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    corpus = WORK / "corpus.json"
    documents = len(prepare(options.corpus, options.queries, corpus)["documents"])
    peers = peers_python(WORK / "peers")
    pythons = dict.fromkeys(CONTESTANTS, peers) | {"Ragstone": Path(sys.executable)}
    rounds: dict[str, list[Result]] = {name: [] for name in CONTESTANTS}
    with _embedder() as url:
        # The first round fills the embedder's memory and is not counted.
        for number in range(options.rounds + 1):
            for name, module in CONTESTANTS.items():
                print(f"round {number} of {options.rounds}: {name}", file=sys.stderr, flush=True)
                arguments = [str(corpus), url, str(options.chunk_tokens), str(WORK / "store")]
                result = _run([str(pythons[name]), "-m", f"bench.ingest.contestants.{module}", *arguments])
                if number or not options.rounds:
                    rounds[name].append(result)
    text = table({name: _median(results) for name, results in rounds.items()}, documents, options.rounds)
    results = HERE.parent / "results"
    results.mkdir(exist_ok=True)
    (results / "ingest.md").write_text(text)
    print(text)


def _run(command: list[str]) -> Result:
    shutil.rmtree(WORK / "store", ignore_errors=True)
    # Nobody is to tell its maker that it ran.
    environment = os.environ | {"HAYSTACK_TELEMETRY_ENABLED": "False"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    result: Result = json.loads(ran.stdout.splitlines()[-1])
    return result


def _median(results: list[Result]) -> Result:
    """The round in the middle by CPU."""
    return sorted(results, key=lambda one: one["cpu_seconds"])[(len(results) - 1) // 2]


@contextmanager
def _embedder() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.ingest.embedder", str(port), str(WORK / "vectors.db")]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _await_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the embedder did not start")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench/ingest", description=__doc__)
    beside = ROOT.parent / "shared" / "data" / "scifact"
    parser.add_argument("--corpus", type=Path, default=beside, help="a data set in the form of BEIR")
    parser.add_argument("--queries", type=int, default=100, help="graded queries; ten times as many documents")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunk-tokens", type=int, default=160)
    main(parser.parse_args())
