import pytest
from services.router.tests.caching.pairs import Pair, read_pairs

from ragstone_router.caching.verifying import agree, read_question

PAIRS = list(read_pairs())


def verified(pair: Pair) -> bool:
    return agree(read_question(pair.one), read_question(pair.other))


@pytest.mark.requirement("RTR-7")
def test_no_question_is_taken_for_one_that_asks_something_else() -> None:
    """Before any vector or cross-encoder is looked at."""
    different = [pair for pair in PAIRS if not pair.is_same]
    assert len(different) > 150
    assert [pair for pair in different if verified(pair)] == []


def test_a_good_part_of_the_questions_that_ask_the_same_is_found() -> None:
    same = [pair for pair in PAIRS if pair.is_same]
    assert sum(map(verified, same)) / len(same) > 0.33


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("What does it cost?", "what does it COST", True),
        ("Can I pay by card?", "Can't I pay by card?", False),
        ("Is vitamin A harmful?", "Is vitamin B harmful?", False),
        ("Who may pay more than $5,000?", "Who may pay more than 5000 dollars?", True),
        ("Convert dollars to euros.", "Convert euros to dollars.", False),
        ("Where do I sign?", "When do I sign?", False),
        ("What is the US minimum wage?", "What is the minimum wage?", False),
        ("Why?", "Why?", False),
        ("", "", False),
    ],
)
def test_what_tells_two_questions_apart(one: str, other: str, same: bool) -> None:
    assert agree(read_question(one), read_question(other)) is same
    assert agree(read_question(other), read_question(one)) is same
