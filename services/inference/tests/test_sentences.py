import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_inference.sentences import SentenceKind, split_sentences


def _split(text: str) -> list[str]:
    return [text[one.start : one.end] for one in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One here. Two there! Three? Yes.", ["One here.", "Two there!", "Three?", "Yes."]),
        ("Dr. Smith met J. Doe of Acme Inc. in St. Louis.", ["Dr. Smith met J. Doe of Acme Inc. in St. Louis."]),
        ("It grew by 3.5 percent. See Fig. 2 for it.", ["It grew by 3.5 percent.", "See Fig. 2 for it."]),
        ("The U.S. Senate voted. It passed.", ["The U.S. Senate voted.", "It passed."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("It was known.[12] Later it was not.", ["It was known.[12]", "Later it was not."]),
        ("They use e.g. Redis. Or not.", ["They use e.g. Redis.", "Or not."]),
        ("東京は首都です。人口は多い。", ["東京は首都です。", "人口は多い。"]),
    ],
)
def test_prose_is_cut_at_the_ends_of_its_sentences(text: str, sentences: list[str]) -> None:
    assert _split(text) == sentences


def test_a_soft_line_break_ends_nothing() -> None:
    text = "The warranty of the device covers all parts for\na period of two years. After that\nrepairs are charged."

    assert _split(text) == [
        "The warranty of the device covers all parts for\na period of two years.",
        "After that\nrepairs are charged.",
    ]


def test_headings_items_and_rows_are_sentences_without_their_marks() -> None:
    text = "# Plans\n\n- Basic is free\n- Pro costs 20 EUR\n\n| plan | price |\n|------|-------|\n| Pro | 20 EUR |\n"

    assert [(text[one.start : one.end], one.kind) for one in split_sentences(text)] == [
        ("Plans", SentenceKind.HEADING),
        ("Basic is free", SentenceKind.ITEM),
        ("Pro costs 20 EUR", SentenceKind.ITEM),
        ("plan | price", SentenceKind.ROW),
        ("Pro | 20 EUR", SentenceKind.ROW),
    ]


def test_a_short_line_without_a_final_mark_is_a_heading() -> None:
    text = "Opening hours\nWe open at nine in the morning.\n"

    assert [one.kind for one in split_sentences(text)] == [SentenceKind.HEADING, SentenceKind.PROSE]


@given(st.text(alphabet="Ab1.!? \n|-#\t«", max_size=200))
def test_sentences_are_ranges_in_order_and_leave_no_word_out(text: str) -> None:
    sentences = split_sentences(text)

    position = 0
    for sentence in sentences:
        assert position <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
        position = sentence.end
    covered = {index for one in sentences for index in range(one.start, one.end)}
    assert all(index in covered for index, character in enumerate(text) if character == "«")
