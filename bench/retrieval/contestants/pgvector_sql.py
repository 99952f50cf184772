"""pgvector as its documentation shows it: one table, a graph, Postgres's own full text, both legs fused by rank.

    python -m bench.retrieval.contestants.pgvector_sql CORPUS FOLDER

The words are ranked by ``ts_rank_cd``, which knows no rarity: the lexical leg is another one than BM25.
"""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psycopg
from bench.retrieval.contestants.dataset import CANDIDATES, NOW, RESULTS, TENANT, Asked, Dataset, fused
from bench.retrieval.contestants.postgres import postgres
from bench.retrieval.contestants.serving import Search, serve

TABLE = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE chunks (
    number integer PRIMARY KEY, document integer, body text, dense vector(384), acl text[], tenant text,
    born bigint, died bigint, words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
)
"""
INDEXES = """
CREATE INDEX ON chunks USING hnsw (dense vector_cosine_ops);
CREATE INDEX ON chunks USING gin (words);
CREATE INDEX ON chunks USING gin (acl);
ANALYZE chunks
"""
VISIBLE = "tenant = %(tenant)s AND acl && %(principals)s AND born <= %(now)s AND died > %(now)s"
DENSE = f"SELECT number FROM chunks WHERE {VISIBLE} ORDER BY dense <=> %(dense)s::vector LIMIT %(limit)s"
SPARSE = f"""
SELECT number FROM chunks, to_tsquery('english', %(words)s) AS query WHERE words @@ query AND {VISIBLE}
ORDER BY ts_rank_cd(words, query) DESC LIMIT %(limit)s
"""


TEXTS = "SELECT number, body FROM chunks WHERE number = ANY(%s)"


class Pgvector:
    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._server = self._stack.enter_context(postgres(folder))
        self._connection = self._stack.enter_context(psycopg.connect(self._server.url, autocommit=True))

    def build(self, dataset: Dataset) -> None:
        self._connection.execute(TABLE)
        columns = "(number, document, body, dense, acl, tenant, born, died)"
        with self._connection.cursor() as cursor, cursor.copy(f"COPY chunks {columns} FROM STDIN") as copy:
            for one in dataset.points():
                text = one.text.replace("\x00", "")
                dense = _literal(one.dense)
                copy.write_row((one.number, one.document, text, dense, one.acl, one.tenant, one.born, one.died))
        self._connection.execute(INDEXES)
        self._connection.execute("SET hnsw.iterative_scan = strict_order")

    def searches(self) -> Mapping[str, Search]:
        return {"hybrid": self._hybrid, "dense": self._dense}

    def _hybrid(self, question: Asked) -> list[int]:
        return self._with_texts(fused([self._found(query, question, CANDIDATES) for query in (DENSE, SPARSE)]))

    def _dense(self, question: Asked) -> list[int]:
        return self._with_texts(self._found(DENSE, question, RESULTS))

    def _with_texts(self, numbers: list[int]) -> list[int]:
        """The chunks whose texts came back, in their order: a caller wants those, not numbers."""
        texts: dict[int, str] = dict(self._connection.execute(TEXTS, [numbers]).fetchall())
        return [number for number in numbers if number in texts]

    def _found(self, query: str, question: Asked, limit: int) -> list[int]:
        values = {
            "tenant": TENANT,
            "principals": question.principals,
            "now": NOW,
            "limit": limit,
            "dense": _literal(question.dense),
            "words": " | ".join(_words(question.text)),
        }
        return [row[0] for row in self._connection.execute(query, values)]

    def others(self) -> list[int]:
        return [self._server.process]

    def close(self) -> None:
        self._stack.close()


def _literal(vector: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> str:
    return f"[{','.join(f'{value:.7g}' for value in vector)}]"


def _words(text: str) -> list[str]:
    """Any of the words may match, as in BM25; Postgres leaves out those that say nothing."""
    return ["".join(filter(str.isalnum, word)) for word in text.split() if any(map(str.isalnum, word))]


if __name__ == "__main__":
    serve(Pgvector(Path(sys.argv[2])), Path(sys.argv[1]))
