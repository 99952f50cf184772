"""Retrieval data sets in the form of BEIR: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``."""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragstone_evals.corpus import CorpusDocument
from ragstone_evals.dataset import Dataset, Sample, content_hash

_DISTRACTORS = 10


class NotBeir(ValueError):
    """The folder does not hold a data set of this form."""


@dataclass(frozen=True)
class Benchmark:
    """Queries with graded documents, and the corpus they are sought in."""

    dataset: Dataset
    corpus: Mapping[str, CorpusDocument]

    @property
    def corpus_hash(self) -> str:
        return content_hash([[document.id, document.title, document.text] for document in self.corpus.values()])

    def part(self, queries: int) -> "Benchmark":
        """A smaller one, always the same: so many queries, every document relevant to them, and ten times as many
        others. Its figures are not those of the whole, as there is less to confuse."""
        samples = sorted(self.dataset.samples, key=lambda sample: _shuffled(sample.id))[:queries]
        relevant = {document for sample in samples for document in sample.target}
        others = sorted(self.corpus.keys() - relevant, key=_shuffled)[: queries * _DISTRACTORS]
        kept = relevant.union(others)
        corpus = {name: document for name, document in self.corpus.items() if name in kept}
        return Benchmark(Dataset(f"{self.dataset.name} ({queries} queries)", samples), corpus)


def _shuffled(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def read_benchmark(name: str, folder: Path, split: str) -> Benchmark:
    """The queries that a split grades. Raises NotBeir for a missing file, a broken line or a grade of nothing known."""
    try:
        corpus = {
            row["_id"]: CorpusDocument(row["_id"], row.get("title", ""), row["text"])
            for row in _rows(folder / "corpus.jsonl")
        }
        queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
        grades = _grades(folder / "qrels" / f"{split}.tsv")
        unknown = {document for graded in grades.values() for document in graded} - corpus.keys()
        if unknown:
            raise NotBeir(f"graded documents are not in the corpus: {sorted(unknown)[:5]}")
        samples = [Sample(id=query, input=queries[query], target=graded) for query, graded in grades.items()]
    except (OSError, KeyError, ValueError) as error:
        raise NotBeir(f"{folder} does not hold {name} in the form of BEIR: {error}") from error
    return Benchmark(Dataset(f"{name} {split}", samples), corpus)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            grades[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return {query: graded for query, graded in grades.items() if any(grade > 0 for grade in graded.values())}
