import pytest

from ragstone_agents.follow_up import stand_alone

EARLIER = ["What is the overdraft fee of Gold accounts?"]


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("And for Silver?", "overdraft fee Gold accounts: And for Silver?"),
        ("How is it charged?", "overdraft fee Gold accounts: How is it charged?"),
        ("Why?", "overdraft fee Gold accounts: Why?"),
        ("What about the fee in Norway?", "overdraft Gold accounts: What about the fee in Norway?"),
        ("When does the branch in Oslo open?", "When does the branch in Oslo open?"),
    ],
)
def test_a_follow_up_is_led_by_what_it_leans_on(question: str, alone: str) -> None:
    assert stand_alone(question, EARLIER) == alone


def test_it_leans_on_the_nearest_question_that_stands_alone() -> None:
    earlier = ["Who runs the harbour?", *EARLIER, "Why is it so high?"]
    assert stand_alone("And for them?", earlier) == "overdraft fee Gold accounts: And for them?"


def test_without_history_a_question_is_left_as_it_is() -> None:
    assert stand_alone("And for Silver?", []) == "And for Silver?"
