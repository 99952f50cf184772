"""What else is asked for a question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_retrieval.rephrasing import rephrased


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What does mooring cost, and when is high water?",
            ["What does mooring cost", "when is high water?", "mooring cost high water"],
        ),
        ("Who repairs masts? Where do they live?", ["Who repairs masts?", "Where do they live?", "repairs masts live"]),
        (
            "What is the difference between wet storage and dry storage?",
            ["wet storage", "dry storage", "difference wet storage dry storage"],
        ),
        ("Why was error E-4711 raised?", ["E-4711", "error E-4711 raised"]),
        ('Where does it say "no smoking on deck"?', ["no smoking on deck", "say smoking deck"]),
        ("Did Port of Oslo change its fees?", ["Port of Oslo", "Port Oslo change fees"]),
        ("mooring fees", []),
        ("What?", []),
        ("", []),
        ("версия 2.1 сервера и клиента", []),
    ],
)
def test_parts_sides_names_and_key_words_are_asked_for_too(question: str, expected: list[str]) -> None:
    assert rephrased(question) == expected


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_wording_comes_twice_or_is_blank_or_the_question(question: str) -> None:
    found = rephrased(question)
    assert len(set(found)) == len(found)
    assert question not in found
    assert all(text.strip() for text in found)


def test_a_question_of_the_largest_size_is_read_at_once() -> None:
    for text in ("between a and ", "A", "A. ", "a1-", "1" * 7, "is and ", '"'):
        rephrased((text * 8000)[:8000])
