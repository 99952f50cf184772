"""Datasets: samples with what is known to be right, named by their content."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One question of a dataset; ``input`` and ``target`` are JSON values whose meaning the task fixes.

    ``metadata["cluster"]`` names what the sample shares with others, such as the document it was written from: samples
    of one cluster are not independent, and the intervals take that into account.
    """

    id: str
    input: Any
    target: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cluster(self) -> str | None:
        cluster = self.metadata.get("cluster")
        return None if cluster is None else str(cluster)


@dataclass(frozen=True)
class Dataset:
    """Samples with unique ids, in order. Raises ValueError when there is none or an id comes twice."""

    name: str
    samples: Sequence[Sample]

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError(f"the dataset {self.name!r} has no sample")
        if len({sample.id for sample in self.samples}) < len(self.samples):
            raise ValueError(f"the dataset {self.name!r} has two samples with one id")

    def part(self, samples: int | None) -> "Dataset":
        """So many of the samples, always the same ones, or all of them; in their order."""
        if samples is None or samples >= len(self.samples):
            return self
        drawn = {sample.id for sample in sorted(self.samples, key=lambda sample: shuffled(sample.id))[:samples]}
        kept = [sample for sample in self.samples if sample.id in drawn]
        return Dataset(f"{self.name} ({samples} queries)", kept)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the samples: the same content has the same hash, wherever it was read from."""
        return content_hash([asdict(sample) for sample in self.samples])


def content_hash(values: Sequence[Any]) -> str:
    """SHA-256, in hexadecimal, of JSON values in order."""
    digest = hashlib.sha256()
    for value in values:
        line = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def shuffled(name: str) -> str:
    """A key that puts names into an order that has nothing to do with them, and is the same each time."""
    return hashlib.sha256(name.encode()).hexdigest()
