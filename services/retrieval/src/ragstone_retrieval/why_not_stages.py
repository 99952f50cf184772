"""What a trace says of one document: where it stood after each stage, and which stage it did not survive. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ragstone_contracts.why_not import StageRank
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.legs import DENSE, SPARSE

LEGS = (DENSE, SPARSE)
PASSAGES = "passages"

Stages = Mapping[str, Sequence[Candidate]]
"""What there was after each stage, best first; in the order in which they ran."""


@dataclass(frozen=True)
class Wanted:
    """A document, or one chunk of it."""

    document_id: str
    chunk_id: str | None = None

    def is_in(self, candidates: Sequence[Candidate]) -> int | None:
        """The place of the best candidate that is of it, from 0."""
        return next((place for place, one in enumerate(candidates) if self._is(one)), None)

    def _is(self, candidate: Candidate) -> bool:
        chunk = candidate.chunk
        return chunk.document_id == self.document_id and self.chunk_id in (None, chunk.chunk_id)


@dataclass(frozen=True)
class Reason:
    """See ``WhyNot``."""

    code: str
    detail: str
    rank: int | None = None
    of: str | None = None


@dataclass(frozen=True)
class Course:
    """How the search went for what is wanted.

    ``wider`` is what the legs bring with far more candidates, ``own`` what they bring of the document alone.
    """

    wanted: Wanted
    stages: Stages
    limit: int
    stands_for: Mapping[str, str] = field(default_factory=dict)
    wider: Stages = field(default_factory=dict)
    own: Stages = field(default_factory=dict)

    def ranks(self) -> list[StageRank]:
        return [self._rank(stage) for stage in self.stages]

    def reason(self) -> Reason:
        """The first stage that had it no more, or that it was too far behind at the end, or that it was found."""
        legs = {leg: self._rank(leg) for leg in LEGS if leg in self.stages}
        if not any(leg.passed for leg in legs.values()):
            return self._missed_by(legs)
        before = ", ".join(f"{leg} rank {rank.rank}" for leg, rank in legs.items() if rank.passed)
        for stage in (one for one in self.stages if one not in LEGS):
            rank = self._rank(stage)
            if rank.rank is None:
                return self._lost_in(stage, before)
            before = f"{stage} rank {rank.rank}"
        return self._at_the_end()

    def _rank(self, stage: str) -> StageRank:
        kept = self.stages[stage]
        known = StageRank(stage=stage, kept=len(kept), least=_score(kept[-1], stage) if kept else None)
        if (place := self.wanted.is_in(kept)) is not None:
            return _with(known, kept[place], place + 1, passed=True)
        if (place := self.wanted.is_in(self.wider.get(stage, ()))) is not None:
            return _with(known, self.wider[stage][place], place + 1, passed=False)
        if own := self.own.get(stage):
            return _with(known, own[0], None, passed=False)
        return known

    def _missed_by(self, legs: Mapping[str, StageRank]) -> Reason:
        if all(leg == SPARSE and rank.score is None for leg, rank in legs.items()):
            return Reason("no_common_term", "no word of the query stands in it, and nothing but words was searched by")
        return Reason("beyond_candidates", "; ".join(self._behind(rank) for rank in legs.values()))

    def _behind(self, rank: StageRank) -> str:
        if rank.rank is not None:
            return f"its best chunk has {rank.stage} rank {rank.rank} and the leg brings {rank.kept}"
        if rank.score is None:
            said = "no word of the query stands in it" if rank.stage == SPARSE else "the leg cannot reach it"
            return f"{said} ({rank.stage})"
        beyond = len(self.wider.get(rank.stage, ()))
        return f"its best chunk is beyond {rank.stage} rank {beyond} and the leg brings {rank.kept}"

    def _lost_in(self, stage: str, before: str) -> Reason:
        if stage == PASSAGES and (of := self._stand_in()) is not None:
            return Reason(
                "duplicate", f"chunk {of[0]} of '{of[1]}' says the same and comes before it ({before})", of=of[0]
            )
        name = stage.partition(":")[0]
        return Reason(name, f"the stage '{stage}' kept {len(self.stages[stage])} others; before, it had {before}")

    def _stand_in(self) -> tuple[str, str] | None:
        """The chunk that comes in its stead among the passages, with the title of its document."""
        by_id = {one.chunk.chunk_id: one.chunk.title for one in self.stages[PASSAGES]}
        everywhere = (one for candidates in self.stages.values() for one in candidates)
        own = (one.chunk.chunk_id for one in everywhere if self.wanted.is_in([one]) is not None)
        of = next((self.stands_for[chunk_id] for chunk_id in own if chunk_id in self.stands_for), None)
        return None if of is None else (of, by_id.get(of, ""))

    def _at_the_end(self) -> Reason:
        last = list(self.stages)[-1]
        rank = self._rank(last).rank or 0
        if rank <= self.limit:
            return Reason("retrieved", f"it is found, at rank {rank}", rank)
        ranks = [one for one in self.ranks() if one.stage not in LEGS and one.rank is not None]
        within = [one for one in ranks if one.rank is not None and one.rank <= self.limit]
        detail = f"it has rank {rank} and the search returns {self.limit}"
        if within:
            behind = ranks[ranks.index(within[-1]) + 1].stage
            detail += f"; it had rank {within[-1].rank} until the stage '{behind}'"
        return Reason("beyond_limit", detail, rank)


def _with(known: StageRank, candidate: Candidate, rank: int | None, *, passed: bool) -> StageRank:
    found = {"rank": rank, "score": _score(candidate, known.stage), "chunk_id": candidate.chunk.chunk_id}
    return known.model_copy(update=found | {"passed": passed})


def _score(candidate: Candidate, stage: str) -> float:
    """What the stage gave it; stages that give no score leave that of the one before."""
    return candidate.stages.get(stage.partition(":")[0], candidate.score)
