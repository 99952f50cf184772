"""A chunk on its way through the stages of a search."""

from collections.abc import Iterable, Mapping, Sequence
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

    @property
    def text(self) -> str:
        """What a reader has before the eyes: the chunk's text after its context."""
        return f"{self.chunk.context}\n{self.chunk.text}" if self.chunk.context else self.chunk.text

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
            context=chunk.context,
            score=self.score,
            stages=dict(self.stages),
            metadata=dict(chunk.metadata),
        )


def from_hits(stage: str, hits: Iterable[Hit]) -> list[Candidate]:
    return [Candidate(hit.chunk, hit.score, {stage: hit.score}) for hit in hits]


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: -candidate.score)


def shares(candidates: Sequence[Candidate]) -> list[float]:
    """How far each candidate's score is from the lowest of them, 0, to the highest, 1; all 1 when they are the same."""
    scores = [candidate.score for candidate in candidates]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def as_passages(candidates: Iterable[Candidate], left_out: dict[str, str] | None = None) -> list[Candidate]:
    """The candidates, best first, with the parents of those that have one in their stead.

    One that was found within a passage that comes before it adds nothing and is left out; so is one whose text a better
    one has: the same page filed twice answers no question twice. ``left_out`` takes the ids of such chunks, each with
    the id of the chunk that stands for it.
    """
    passages: list[Candidate] = []
    texts: dict[str, str] = {}
    ranges: dict[tuple[str, int], list[StoredChunk]] = {}
    for candidate in candidates:
        chunk, passage = candidate.chunk, _passage(candidate.chunk)
        text = " ".join(passage.text.split())
        before = ranges.setdefault((chunk.document_id, chunk.version), [])
        around = (one.chunk_id for one in before if one.start <= chunk.start and chunk.end <= one.end)
        if better := texts.get(text) or next(around, None):
            if left_out is not None:
                left_out[chunk.chunk_id] = better
            continue
        texts[text] = chunk.chunk_id
        before.append(passage)
        passages.append(replace(candidate, chunk=passage))
    return passages


def _passage(chunk: StoredChunk) -> StoredChunk:
    parent = chunk.parent
    if parent is None:
        return chunk
    return replace(chunk, start=parent.start, end=parent.end, text=parent.text, page=parent.page, parent=None)
