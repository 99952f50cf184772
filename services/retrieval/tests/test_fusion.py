"""Reciprocal rank fusion, by its definition and by its properties."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_index import StoredChunk
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.fusion import fuse

EQUAL = {"dense": 1.0, "sparse": 1.0}


def leg(stage: str, *chunk_ids: str) -> list[Candidate]:
    return [
        Candidate(StoredChunk(one, "t", ["*"], "d", 1, "T", 0, 1, one), 9.0 - rank, {stage: 9.0 - rank})
        for rank, one in enumerate(chunk_ids)
    ]


def ids(candidates: list[Candidate]) -> list[str]:
    return [candidate.chunk.chunk_id for candidate in candidates]


def test_the_score_is_the_sum_of_weights_over_k_plus_rank() -> None:
    fused = fuse({"dense": leg("dense", "a", "b"), "sparse": leg("sparse", "b")}, {"dense": 2.0, "sparse": 1.0}, 60)
    assert ids(fused) == ["b", "a"]
    assert fused[0].score == pytest.approx(2 / 62 + 1 / 61)
    assert fused[1].score == pytest.approx(2 / 61)


def test_each_candidate_keeps_what_every_leg_gave_it() -> None:
    [best, other] = fuse({"dense": leg("dense", "a", "b"), "sparse": leg("sparse", "b")}, EQUAL, 60)
    assert best.stages == {"dense": 8.0, "sparse": 9.0, "fusion": best.score}
    assert other.stages == {"dense": 9.0, "fusion": other.score}


def test_a_weight_of_zero_leaves_the_other_legs_order() -> None:
    legs = {"dense": leg("dense", "a", "b", "c"), "sparse": leg("sparse", "c", "b", "a")}
    assert ids(fuse(legs, {"dense": 0.0, "sparse": 1.0}, 60)) == ["c", "b", "a"]


def test_nothing_fused_is_nothing() -> None:
    assert fuse({"dense": [], "sparse": []}, EQUAL, 60) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 30), unique=True))
def test_fusion_loses_nothing_and_never_puts_a_chunk_above_one_that_both_legs_prefer(
    first: list[int], second: list[int]
) -> None:
    legs = {"dense": leg("dense", *map(str, first)), "sparse": leg("sparse", *map(str, second))}
    order = [int(one) for one in ids(fuse(legs, EQUAL, 60))]
    assert sorted(order) == sorted({*first, *second})
    both = [one for one in order if one in first and one in second]
    for earlier, later in pairwise(both):
        assert not (first.index(later) < first.index(earlier) and second.index(later) < second.index(earlier))
