"""The course of a search for one document, told from what each stage had."""

import pytest

from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.why_not_stages import Course, Wanted

from .conftest import indexed


def stage(name: str, *chunks: str) -> list[Candidate]:
    """Candidates with scores that fall by a tenth each."""
    return [Candidate(indexed(one, one).chunk, 1 - at / 10, {name: 1 - at / 10}) for at, one in enumerate(chunks)]


WANTED = Wanted("doc-x")


def test_behind_the_widest_look_only_the_score_is_known() -> None:
    stages = {"dense": stage("dense", "a", "b")}
    wider = {"dense": stage("dense", "a", "b", "c")}
    course = Course(WANTED, stages, 2, wider=wider, own={"dense": stage("dense", "x")})
    [rank] = course.ranks()
    assert (rank.rank, rank.score, rank.chunk_id, rank.passed) == (None, 1, "x", False)
    assert course.reason().detail == "its best chunk is beyond dense rank 3 and the leg brings 2"


def test_one_leg_that_brings_it_is_enough_and_the_other_says_how_far_behind_it_is() -> None:
    stages = {"dense": stage("dense", "a"), "sparse": stage("sparse", "x"), "fusion": stage("fusion", "x", "a")}
    course = Course(WANTED, stages, 2, wider={"dense": stage("dense", "a", "b", "x")})
    assert course.reason().code == "retrieved"
    assert [(rank.rank, rank.passed) for rank in course.ranks()] == [(3, False), (1, True), (1, True)]


@pytest.mark.parametrize("lost_in", ["fusion", "passages", "mmr:0.5", "diverse"])
def test_the_first_stage_without_it_is_the_reason(lost_in: str) -> None:
    names = ["dense", "fusion", "passages", "mmr:0.5", "diverse"]
    after = names.index(lost_in)
    stages = {name: stage(name, *("ax" if at < after else "ab")) for at, name in enumerate(names)}
    reason = Course(WANTED, stages, 5).reason()
    assert reason.code == lost_in.partition(":")[0]
    assert f"{names[after - 1]} rank 2" in reason.detail


def test_the_stage_that_moved_it_beyond_the_limit_is_told() -> None:
    stages = {
        "dense": stage("dense", "x", "a"),
        "passages": stage("passages", "x", "a"),
        "late": stage("late", "a", "x"),
    }
    reason = Course(WANTED, stages, 1).reason()
    assert (reason.code, reason.rank) == ("beyond_limit", 2)
    assert reason.detail.endswith("it had rank 1 until the stage 'late'")


def test_a_search_without_any_candidate_has_a_reason_too() -> None:
    assert Course(WANTED, {"dense": [], "sparse": []}, 1).reason().code == "beyond_candidates"
    assert Course(WANTED, {"sparse": []}, 1).reason().code == "no_common_term"
