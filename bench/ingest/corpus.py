"""The documents and queries of the comparison: the same for everyone."""

import json
from pathlib import Path
from typing import TypedDict

from ragstone_evals.beir import read_benchmark


class Document(TypedDict):
    id: str
    title: str
    text: str


class Query(TypedDict):
    text: str
    relevant: list[str]


class Corpus(TypedDict):
    documents: list[Document]
    queries: list[Query]


def prepare(source: Path, queries: int, target: Path) -> Corpus:
    """So many graded queries of a data set in BEIR's form, their documents and ten times as many others, as JSON."""
    part = read_benchmark("corpus", source, "train").part(queries)
    documents = [Document(id=one.id, title=one.title, text=one.text) for one in part.corpus.values()]
    asked = [Query(text=sample.input, relevant=list(sample.target)) for sample in part.dataset.samples]
    corpus = Corpus(documents=documents, queries=asked)
    target.write_text(json.dumps(corpus))
    return corpus
