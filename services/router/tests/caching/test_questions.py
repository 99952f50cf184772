import numpy as np
import pytest

from ragstone_router.caching.keys import Question
from ragstone_router.caching.questions import Questions, Vector


def vector(angle: float) -> Vector:
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


def test_those_near_enough_are_found_the_nearest_first() -> None:
    questions = Questions()
    for angle in (0.1, 0.4, 2.0, 0.2):
        questions.add(Question(str(angle), "space"), vector(angle), f"key {angle}")

    near = questions.near(Question("?", "space"), vector(0.15), 0.9, 2)

    assert {one.text for one in near} == {"0.1", "0.2"}
    assert questions.near(Question("?", "elsewhere"), vector(0.15), 0.0, 2) == []


@pytest.mark.requirement("RTR-7")
def test_no_more_are_remembered_than_there_is_room_for() -> None:
    questions = Questions(in_a_space=3, in_all=10)
    for number in range(100):
        questions.add(Question(str(number), f"space {number // 5}"), vector(number), str(number))
        assert questions.count <= 10

    near = questions.near(Question("?", "space 19"), vector(0), -1.0, 100)
    assert {one.text for one in near} == {"97", "98", "99"}
    assert questions.near(Question("?", "space 0"), vector(0), -1.0, 100) == []


def test_a_question_is_remembered_once_for_an_answer() -> None:
    questions = Questions()
    for _ in range(3):
        questions.add(Question("?", "space"), vector(0), "key")
    assert questions.count == 1
