"""Ragstone over Postgres with pgvector.

python -m bench.retrieval.contestants.ragstone_postgres CORPUS EMBEDDER_URL FOLDER
"""

import sys
from pathlib import Path

from bench.retrieval.contestants.postgres import postgres
from bench.retrieval.contestants.ragstone import Ragstone
from bench.retrieval.contestants.serving import serve


class RagstoneOnPostgres(Ragstone):
    def __init__(self, url: str, process: int, embedder_url: str, folder: Path) -> None:
        super().__init__(url, embedder_url, folder)
        self._process = process

    def others(self) -> list[int]:
        return [self._process]


if __name__ == "__main__":
    corpus, embedder_url, folder = sys.argv[1:]
    with postgres(Path(folder)) as server:
        serve(RagstoneOnPostgres(server.url, server.process, embedder_url, Path(folder)), Path(corpus))
