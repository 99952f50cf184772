"""A corpus of any size around the real chunks, with owners and lives, and the exact answers to its questions.

The first chunks are the real ones. Each further one lies between a real chunk and one of its nearest neighbours, at a
point drawn at random, moved a little in a random direction by a tenth of their distance, and has half of either's text:
so clusters stay where they are and grow denser, as they do when a real collection grows. Questions are real throughout.

A tenth of all documents belongs to another tenant, a tenth has been replaced by a newer version. A fifth may be read by
everyone, the rest by one of twenty groups each; who asks is in two of them, and sees about 23 chunks of 100.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.retrieval.real import Real, Vectors
from numpy.typing import NDArray

from ragstone_index import SparseVector, encode_document, encode_query

GROUPS, EVERYONE = 20, -1
NEIGHBOURS, JITTER, SEED = 8, 0.1, 20261
BLOCK = 500
EXACT = 10


@dataclass(frozen=True)
class Owners:
    """What may be seen of each chunk by whom: ``groups`` names one of twenty, or everyone."""

    groups: NDArray[np.int64]
    other_tenant: NDArray[np.bool_]
    dead: NDArray[np.bool_]

    def visible_to(self, groups: NDArray[np.int64]) -> NDArray[np.bool_]:
        admitted = np.isin(self.groups, [EVERYONE, *groups])
        visible: NDArray[np.bool_] = admitted & ~self.other_tenant & ~self.dead
        return visible


def write_corpus(real: Real, size: int, queries: int, target: Path) -> None:
    """``target`` with the arrays, and beside it the texts as JSON lines and the questions as JSON."""
    random = np.random.default_rng(SEED)
    vectors, texts, documents = _grown(real, size, random)
    owners = _owners(documents, random)
    asked = random.choice(len(real.questions), min(queries, len(real.questions)), replace=False)
    groups = np.stack([random.choice(GROUPS, 2, replace=False) for _ in asked])
    questions = [real.questions[number] for number in asked]
    np.savez(
        target,
        allow_pickle=False,
        dense=vectors,
        documents=documents,
        groups=owners.groups,
        other_tenant=owners.other_tenant,
        dead=owners.dead,
        query_dense=real.question_vectors[asked],
        query_groups=groups,
        exact=_exact(vectors, real.question_vectors[asked], groups, owners),
        **_sparse("sparse", [encode_document(text) for text in texts]),
        **_sparse("query_sparse", [encode_query(question) for question in questions]),
    )
    target.with_suffix(".jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    target.with_suffix(".json").write_text(json.dumps(questions))


def _grown(real: Real, size: int, random: np.random.Generator) -> tuple[Vectors, list[str], NDArray[np.int64]]:
    count = len(real.texts)
    if size <= count:
        return real.vectors[:size], real.texts[:size], real.documents[:size]
    more = size - count
    ones = random.integers(0, count, more)
    others = _neighbours(real.vectors)[ones, random.integers(0, NEIGHBOURS, more)]
    vectors = np.concatenate([real.vectors, _between(real.vectors, ones, others, random)])
    texts = real.texts + [_halves(real.texts[one], real.texts[other]) for one, other in zip(ones, others, strict=True)]
    chunks_a_document = max(1, count // (int(real.documents.max()) + 1))
    documents = np.arange(more) // chunks_a_document + real.documents.max() + 1
    return vectors, texts, np.concatenate([real.documents, documents])


def _neighbours(vectors: Vectors) -> NDArray[np.int64]:
    """The nearest of each vector, without itself."""
    found = []
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -1
        found.append(np.argpartition(-block, NEIGHBOURS, axis=1)[:, :NEIGHBOURS])
    return np.concatenate(found)


def _between(
    vectors: Vectors, ones: NDArray[np.int64], others: NDArray[np.int64], random: np.random.Generator
) -> Vectors:
    made = np.empty((len(ones), vectors.shape[1]), np.float32)
    for start in range(0, len(ones), 20 * BLOCK):
        part = slice(start, start + 20 * BLOCK)
        left, right = vectors[ones[part]], vectors[others[part]]
        share = random.random((len(left), 1), np.float32)
        distance = np.linalg.norm(left - right, axis=1, keepdims=True)
        noise = random.standard_normal(left.shape, np.float32)
        noise *= JITTER * distance / np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = share * left + (1 - share) * right + noise
        made[part] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return made


def _halves(one: str, other: str) -> str:
    first, second = one.split(" "), other.split(" ")
    return " ".join(first[: len(first) // 2] + second[len(second) // 2 :])


def _owners(documents: NDArray[np.int64], random: np.random.Generator) -> Owners:
    """By document: all chunks of one have the same."""
    count = int(documents.max()) + 1
    groups = np.where(random.random(count) < 0.2, EVERYONE, random.integers(0, GROUPS, count))
    return Owners(groups[documents], (random.random(count) < 0.1)[documents], (random.random(count) < 0.1)[documents])


def _exact(vectors: Vectors, queries: Vectors, groups: NDArray[np.int64], owners: Owners) -> NDArray[np.int64]:
    """The numbers of the ten nearest chunks that each query may see, found by comparing all."""
    found = []
    for query, own in zip(queries, groups, strict=True):
        scores = np.where(owners.visible_to(own), vectors @ query, -2)
        found.append(np.argsort(-scores)[:EXACT])
    return np.stack(found)


def _sparse(name: str, rows: list[SparseVector]) -> dict[str, NDArray[np.generic]]:
    """Rows of different length as three arrays; row i is at ``starts[i]:starts[i + 1]`` of the other two."""
    return {
        f"{name}_starts": np.cumsum([0, *(len(row.indices) for row in rows)]),
        f"{name}_indices": np.concatenate([np.asarray(row.indices, np.int64) for row in rows]),
        f"{name}_values": np.concatenate([np.asarray(row.values, np.float32) for row in rows]),
    }
