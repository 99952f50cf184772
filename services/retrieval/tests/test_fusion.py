"""Both fusions, by their definitions and by their properties."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_index import StoredChunk
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.fusion import by_rank, stand_out

EQUAL = {"dense": 1.0, "sparse": 1.0}


def leg(stage: str, *chunk_ids: str, scores: Sequence[float] | None = None) -> list[Candidate]:
    given_scores = scores or [9.0 - rank for rank in range(len(chunk_ids))]
    return [
        Candidate(StoredChunk(one, "t", ["*"], "d", 1, "T", 0, 1, one), score, {stage: score})
        for one, score in zip(chunk_ids, given_scores, strict=True)
    ]


def ids(candidates: list[Candidate]) -> list[str]:
    return [candidate.chunk.chunk_id for candidate in candidates]


# by rank


def test_by_rank_the_score_is_the_sum_of_one_over_k_plus_rank() -> None:
    fused = by_rank({"dense": leg("dense", "a", "b"), "sparse": leg("sparse", "b")}, 60)
    assert ids(fused) == ["b", "a"]
    assert fused[0].score == pytest.approx(1 / 62 + 1 / 61)
    assert fused[1].score == pytest.approx(1 / 61)


def test_each_candidate_keeps_what_every_leg_gave_it() -> None:
    [best, other] = by_rank({"dense": leg("dense", "a", "b"), "sparse": leg("sparse", "b")}, 60)
    assert best.stages == {"dense": 8.0, "sparse": 9.0, "fusion": best.score}
    assert other.stages == {"dense": 9.0, "fusion": other.score}


def test_nothing_fused_is_nothing() -> None:
    assert by_rank({"dense": [], "sparse": []}, 60) == stand_out({"dense": [], "sparse": []}, EQUAL) == []


# by how far a hit stands out


def test_the_score_is_the_weighted_sum_of_standard_scores() -> None:
    dense = leg("dense", "a", "b", "c", scores=[0.9, 0.5, 0.4])
    sparse = leg("sparse", "b", "a", "c", scores=[6.0, 3.0, 3.0])
    fused = stand_out({"dense": dense, "sparse": sparse}, {"dense": 3.0, "sparse": 1.0})
    standard = {"dense": (0.9 - 0.6) / np.std([0.9, 0.5, 0.4]), "sparse": (3.0 - 4.0) / np.std([6.0, 3.0, 3.0])}
    assert fused[0].chunk.chunk_id == "a"
    assert fused[0].score == pytest.approx(0.75 * standard["dense"] + 0.25 * standard["sparse"])
    assert fused[0].stages == {"dense": 0.9, "sparse": 3.0, "fusion": fused[0].score}


@pytest.mark.requirement("RET-2")
def test_the_leg_that_is_sure_of_its_best_hit_is_believed() -> None:
    names = [f"n{number}" for number in range(20)]
    alike = leg("dense", *names, scores=[0.70 - 0.001 * rank for rank in range(20)])
    sure = leg("sparse", *reversed(names), scores=[30.0, *[3.0 - 0.1 * rank for rank in range(19)]])
    assert ids(stand_out({"dense": alike, "sparse": sure}, EQUAL))[0] == "n19"
    assert ids(by_rank({"dense": alike, "sparse": sure}, 60))[0] in {"n0", "n19"}


@pytest.mark.requirement("RET-2")
def test_an_identifier_that_one_chunk_has_wins_over_similarity() -> None:
    similar = leg("dense", *(f"n{number}" for number in range(50)), scores=[0.8 - 0.002 * rank for rank in range(50)])
    only = leg("sparse", "n40", scores=[7.5])
    assert ids(stand_out({"dense": similar, "sparse": only}, {"dense": 0.6, "sparse": 0.4}))[0] == "n40"


def test_without_the_other_leg_the_order_is_the_legs_own() -> None:
    sparse = leg("sparse", "c", "a", "b", scores=[5.0, 4.0, 4.0])
    assert ids(stand_out({"dense": [], "sparse": sparse}, EQUAL)) == ["c", "a", "b"]
    assert ids(stand_out({"dense": leg("dense", "a"), "sparse": []}, EQUAL)) == ["a"]


def test_a_weight_of_zero_leaves_the_other_legs_order() -> None:
    legs = {"dense": leg("dense", "a", "b", "c"), "sparse": leg("sparse", "c", "b", "a")}
    assert ids(stand_out(legs, {"dense": 0.0, "sparse": 1.0})) == ["c", "b", "a"]


def test_scores_that_are_all_the_same_say_nothing() -> None:
    legs = {"dense": leg("dense", "a", "b", scores=[0.9, 0.1]), "sparse": leg("sparse", "b", "a", scores=[2.0, 2.0])}
    assert ids(stand_out(legs, EQUAL)) == ["a", "b"]


def test_what_is_fetched_beyond_the_first_fifty_changes_no_score_of_theirs() -> None:
    def legs(depth: int) -> Mapping[str, list[Candidate]]:
        names = [f"n{number}" for number in range(depth)]
        scores = [100.0 - number for number in range(depth)]
        return {stage: leg(stage, *names, scores=scores) for stage in ("dense", "sparse")}

    few, many = stand_out(legs(50), EQUAL), stand_out(legs(80), EQUAL)
    assert [one.score for one in many[:50]] == pytest.approx([one.score for one in few])
    assert ids(many)[:50] == ids(few)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 30), unique=True))
def test_fusion_loses_nothing_and_never_puts_a_chunk_above_one_that_both_legs_prefer(
    first: list[int], second: list[int]
) -> None:
    legs = {"dense": leg("dense", *map(str, first)), "sparse": leg("sparse", *map(str, second))}
    for fused in (by_rank(legs, 60), stand_out(legs, EQUAL)):
        order = [int(one) for one in ids(fused)]
        assert sorted(order) == sorted({*first, *second})
        both = [one for one in order if one in first and one in second]
        for earlier, later in pairwise(both):
            assert not (first.index(later) < first.index(earlier) and second.index(later) < second.index(earlier))
