import pytest

from ragstone_evals.dataset import Sample
from ragstone_evals.ranges import RangeScorer, locate
from ragstone_evals.scorer import Failure

SAMPLE = Sample(id="1", input="", target={"document": "a", "ranges": [[10, 20], [15, 30]]})


def _scores(*passages: list[object], first: int = 5) -> list[float]:
    scores = RangeScorer(first).score(SAMPLE, {"passages": list(passages)})
    assert isinstance(scores, dict)
    return [scores[f"{name}@{first}"] for name in ("recall", "precision", "IoU")]


def test_characters_count_once_however_often_they_are_wanted_or_returned() -> None:
    assert _scores(["a", 20, 40], ["a", 20, 40]) == [10 / 20, 10 / 20, 10 / 30]
    assert _scores(["a", 10, 30]) == [1, 1, 1]


def test_the_same_range_of_another_document_is_worth_nothing() -> None:
    assert _scores(["b", 10, 30]) == [0, 0, 0]
    assert _scores(["a", 10, 30], ["b", 10, 30]) == [1, 0.5, 0.5]


def test_only_the_first_passages_are_read() -> None:
    assert _scores(["b", 0, 10], ["a", 10, 30], first=1) == [0, 0, 0]


def test_nothing_returned_scores_nothing() -> None:
    assert _scores() == [0, 0, 0]


def test_a_question_without_an_answer_is_a_failure() -> None:
    empty = Sample(id="1", input="", target={"document": "a", "ranges": []})
    assert RangeScorer().score(empty, {"passages": []}) == Failure("no range of the answer is known")


def test_an_answer_that_stands_twice_is_the_one_nearest_to_where_it_is_said_to_be() -> None:
    text = "one two one two one"
    assert locate(text, "one", 9) == (8, 11)
    assert locate(text, "one", 99) == (16, 19)
    with pytest.raises(ValueError, match="not in its corpus"):
        locate(text, "three", 0)
