"""Retrieval data sets in the form of BEIR: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragstone_evals.corpus import CorpusDocument
from ragstone_evals.dataset import Dataset, Sample, content_hash, shuffled

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

    def limited(self, queries: int | None) -> "Benchmark":
        """The whole, or :meth:`part` of it when fewer queries are asked for than there are."""
        if queries is None or queries >= len(self.dataset.samples):
            return self
        return self.part(queries)

    def part(self, queries: int) -> "Benchmark":
        """A smaller one, always the same: so many queries, every document relevant to them, and ten times as many
        others. Its figures are not those of the whole, as there is less to confuse."""
        dataset = self.dataset.part(queries)
        relevant = {document for sample in dataset.samples for document in sample.target}
        others = sorted(self.corpus.keys() - relevant, key=shuffled)[: queries * _DISTRACTORS]
        kept = relevant.union(others)
        corpus = {name: document for name, document in self.corpus.items() if name in kept}
        return Benchmark(dataset, corpus)


def read_benchmark(name: str, folder: Path, split: str) -> Benchmark:
    """The queries that a split grades. Raises NotBeir for a missing file, a broken line or a grade of nothing known."""
    files = Files(folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / f"{split}.tsv")
    return read_files(f"{name} {split}", files)


@dataclass(frozen=True)
class Files:
    """Where the three parts of a data set stand."""

    corpus: Path
    queries: Path
    grades: Path


def read_files(name: str, files: Files) -> Benchmark:
    """The graded queries, and the corpus. Raises NotBeir as :func:`read_benchmark` does.

    A document without title and text is left out. Where an id comes twice, the texts are one document. Documents that
    share title and text are one as well, under the first one's id: search returns such a text once, and no grade can
    say which of the two it should have been.
    """
    try:
        corpus, ids = _corpus(files.corpus)
        queries = {row["_id"]: row["text"] for row in rows(files.queries)}
        samples = [
            Sample(id=query, input=queries[query], target=_merged(graded, ids))
            for query, graded in _grades(files.grades).items()
        ]
    except (OSError, KeyError, ValueError) as error:
        raise NotBeir(f"{files.corpus.parent} does not hold {name} in the form of BEIR: {error}") from error
    return Benchmark(Dataset(name, samples), corpus)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file with one in each line."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _corpus(path: Path) -> tuple[dict[str, CorpusDocument], dict[str, str]]:
    """The documents by id, and the id under which each id's text is to be found."""
    read: dict[str, CorpusDocument] = {}
    for row in rows(path):
        name, title, text = row["_id"], row.get("title", ""), row["text"]
        if not f"{title}{text}".strip():
            continue
        if (known := read.get(name)) is not None:
            title, text = known.title, f"{known.text}\n\n{text}"
        read[name] = CorpusDocument(name, title, text)
    first: dict[tuple[str, str], str] = {}
    ids = {name: first.setdefault((one.title, one.text), name) for name, one in read.items()}
    return {name: read[name] for name in first.values()}, ids


def _merged(graded: Mapping[str, int], ids: Mapping[str, str]) -> dict[str, int]:
    if unknown := graded.keys() - ids.keys():
        raise NotBeir(f"graded documents are not in the corpus: {sorted(unknown)[:5]}")
    merged: dict[str, int] = {}
    for name, grade in graded.items():
        merged[ids[name]] = max(grade, merged.get(ids[name], grade))
    return merged


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            grades[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return {query: graded for query, graded in grades.items() if any(grade > 0 for grade in graded.values())}
