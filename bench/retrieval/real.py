"""Real chunks, real questions and their real embeddings: what every size of the comparison is made from.

SciFact's abstracts and the corpora of the chunking set are cut and embedded as the platform does it, with the embedder
that ships. The questions are SciFact's training claims. Computed once and kept.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.models import EMBEDDER
from ragstone_evals.beir import read_benchmark
from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import ModelSettings
from ragstone_inference.work_queue import WorkQueue
from ragstone_ingestion.chunkers import chunker_for
from ragstone_ingestion.embedding import embedded_text
from ragstone_ingestion.parsers.text import PlainTextParser
from ragstone_ingestion.tokens import TokenCounter

Vectors = NDArray[np.float32]
_BATCH = 32
_THREADS = 2


@dataclass(frozen=True)
class Real:
    """``texts[i]`` was embedded as ``vectors[i]`` and belongs to the document numbered ``documents[i]``."""

    texts: list[str]
    documents: NDArray[np.int64]
    vectors: Vectors
    questions: list[str]
    question_vectors: Vectors


def real_chunks(data: Path, kept: Path, most: int) -> Real:
    """At most so many chunks; from the file they were kept in, if it is there."""
    stem = kept / f"real-{most}"
    if not stem.with_suffix(".json").exists():
        asyncio.run(_make(data, stem, most))
    said, arrays = json.loads(stem.with_suffix(".json").read_text()), np.load(stem.with_suffix(".npz"))
    return Real(said["texts"], arrays["documents"], arrays["vectors"], said["questions"], arrays["question_vectors"])


async def _make(data: Path, stem: Path, most: int) -> None:
    files = ensure_models(ModelSettings().models_dir).embedder
    work = WorkQueue(_THREADS)
    embedder = OnnxEmbedder(EMBEDDER, OnnxEncoder(files), work)
    pairs = list(_chunks(data, stem.parent, TokenCounter.from_file(files.tokenizer)))[:most]
    benchmark = read_benchmark("SciFact", data / "scifact", "train")
    texts, questions = [text for _, text in pairs], [sample.input for sample in benchmark.dataset.samples]
    vectors = await _embedded(embedder, texts)
    question_vectors = await _embedded(embedder, questions)
    documents = np.array([number for number, _ in pairs])
    np.savez(stem.with_suffix(".npz"), documents=documents, vectors=vectors, question_vectors=question_vectors)
    stem.with_suffix(".json").write_text(json.dumps({"texts": texts, "questions": questions}))
    work.close()


def _chunks(data: Path, folder: Path, counter: TokenCounter) -> Iterator[tuple[int, str]]:
    """The number of a document and the text of one of its chunks, document by document."""
    chunker, scratch = chunker_for(CollectionSettings(), counter), folder / "document.txt"
    for number, text in enumerate(_documents(data)):
        scratch.write_text(text)
        parsed = PlainTextParser().parse(scratch, "document.txt")
        for chunk in chunker.chunk(parsed):
            yield number, embedded_text(parsed, "", chunk)


def _documents(data: Path) -> Iterator[str]:
    for file in sorted((data / "chunking" / "corpora").glob("*.md")):
        yield file.read_text()
    for document in read_benchmark("SciFact", data / "scifact", "train").corpus.values():
        yield f"{document.title}\n\n{document.text}"


async def _embedded(embedder: OnnxEmbedder, texts: list[str]) -> Vectors:
    vectors: list[Vectors] = []
    for start in range(0, len(texts), _BATCH):
        vectors += [
            np.asarray(one, np.float32) for one in (await embedder.embed(texts[start : start + _BATCH])).vectors
        ]
        print(f"\rembedded {len(vectors):,} of {len(texts):,}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return np.stack(vectors)
