"""What every contestant is given. Standard library and NumPy only: it is imported in the peers' environment too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

TENANT, OTHER_TENANT, READER = "bench", "other", "user:reader"
NOW, NEVER = 0, 2**53
CANDIDATES, RESULTS = 50, 10
"""What each leg brings to the fusion, and what a caller gets."""


@dataclass(frozen=True)
class Point:
    """A chunk: seen by its tenant's members who have an entry of ``acl``, at ``born <= sequence < died``."""

    number: int
    document: int
    text: str
    dense: Any
    indices: list[int]
    values: list[float]
    acl: list[str]
    tenant: str
    born: int
    died: int


@dataclass(frozen=True)
class Asked:
    number: int
    text: str
    dense: Any
    indices: list[int]
    values: list[float]
    principals: list[str]


class Dataset:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.arrays = np.load(file)

    @cached_property
    def size(self) -> int:
        return int(self.arrays["documents"].shape[0])

    def points(self) -> Iterator[Point]:
        """All chunks, read as they are needed."""
        names = ("dense", "documents", "groups", "other_tenant", "dead", *_names("sparse"))
        held = {name: self.arrays[name] for name in names}
        starts = held["sparse_starts"]
        with self._file.with_suffix(".jsonl").open() as texts:
            for number, line in enumerate(texts):
                row = slice(starts[number], starts[number + 1])
                yield Point(
                    number=number,
                    document=int(held["documents"][number]),
                    text=json.loads(line),
                    dense=held["dense"][number],
                    indices=held["sparse_indices"][row].tolist(),
                    values=held["sparse_values"][row].tolist(),
                    acl=["*" if (group := int(held["groups"][number])) < 0 else f"group:{group}"],
                    tenant=OTHER_TENANT if held["other_tenant"][number] else TENANT,
                    born=0,
                    died=0 if held["dead"][number] else NEVER,
                )

    @cached_property
    def questions(self) -> list[Asked]:
        texts = json.loads(self._file.with_suffix(".json").read_text())
        dense, groups = self.arrays["query_dense"], self.arrays["query_groups"]
        starts, indices, values = (self.arrays[name] for name in _names("query_sparse"))
        return [
            Asked(
                number=number,
                text=text,
                dense=dense[number],
                indices=indices[starts[number] : starts[number + 1]].tolist(),
                values=values[starts[number] : starts[number + 1]].tolist(),
                principals=["*", READER, *(f"group:{group}" for group in groups[number])],
            )
            for number, text in enumerate(texts)
        ]


def _names(stem: str) -> tuple[str, str, str]:
    return f"{stem}_starts", f"{stem}_indices", f"{stem}_values"


def batches(points: Iterator[Point], size: int) -> Iterator[list[Point]]:
    batch: list[Point] = []
    for point in points:
        batch.append(point)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def fused(legs: list[list[int]]) -> list[int]:
    """The first results by reciprocal rank, equally weighted, for engines that leave that to their caller."""
    worth: dict[int, float] = {}
    for leg in legs:
        for rank, number in enumerate(leg, 1):
            worth[number] = worth.get(number, 0.0) + 1 / (60 + rank)
    return sorted(worth, key=lambda number: -worth[number])[:RESULTS]
