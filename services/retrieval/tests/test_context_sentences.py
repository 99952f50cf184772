import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_retrieval.context_sentences import sentences


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("One ends. Two ends!  Three", ["One ends.", "Two ends!", "Three"]),
        ("Dr. Low saw 3.5 of them, e.g. two. He left.", ["Dr. Low saw 3.5 of them, e.g. two.", "He left."]),
        (
            "A line that was\nwrapped of. it goes\n-5 degrees on.",
            ["A line that was\nwrapped of. it goes\n-5 degrees on."],
        ),
        ("Heading\n\nText. More", ["Heading", "Text.", "More"]),
        ("Name | Legs\nOwl | 2\nFox | 4", ["Name | Legs", "Owl | 2", "Fox | 4"]),
        ("Take:\n- salt\n- bread\n2. water", ["Take:", "- salt", "- bread", "2. water"]),
        ("潮满。船来。", ["潮满。", "船来。"]),
        (" \n ", []),
    ],
)
def test_a_passage_is_cut_behind_sentences_rows_and_items_only(text: str, cut: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == cut


@given(st.text(alphabet="aA1.!? \n|-。"))
def test_sentences_come_in_order_and_leave_out_nothing_but_white_space(text: str) -> None:
    position, between = 0, ""
    for start, end in sentences(text):
        assert position <= start < end
        between += text[position:start]
        position = end
    assert not (between + text[position:]).strip()
