"""A chunk on its way through the stages of a search."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ragstone_contracts.search import ScoredChunk
from ragstone_index import Hit, StoredChunk


@dataclass(frozen=True)
class Candidate:
    """``stages`` holds the score each stage gave; ``score`` is the last of them, which the order follows."""

    chunk: StoredChunk
    score: float
    stages: Mapping[str, float] = field(default_factory=dict)

    def scored(self, stage: str, score: float) -> "Candidate":
        return replace(self, score=score, stages={**self.stages, stage: score})

    def on_the_wire(self) -> ScoredChunk:
        chunk = self.chunk
        return ScoredChunk(
            chunk_id=chunk.chunk_id,
            document_id=chunk.document_id,
            version=chunk.version,
            title=chunk.title,
            page=chunk.page,
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            score=self.score,
            stages=dict(self.stages),
            metadata=dict(chunk.metadata),
        )


def from_hits(stage: str, hits: Iterable[Hit]) -> list[Candidate]:
    return [Candidate(hit.chunk, hit.score, {stage: hit.score}) for hit in hits]


def without_repeats(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The candidates whose text no better one has: the same page filed twice answers no question twice."""
    seen: set[str] = set()
    for candidate in candidates:
        text = " ".join(candidate.chunk.text.split())
        if text not in seen:
            seen.add(text)
            yield candidate
