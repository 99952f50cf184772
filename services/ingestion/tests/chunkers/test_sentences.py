import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_ingestion.chunkers.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One ends. Two ends! Does three?", 3),
        ("Dr. Smith et al. agree, e.g. in Fig. 3, that it holds. Yes.", 2),
        ("Version 2.5 costs 3.50 euros. Cheap.", 2),
        ("She said “Stop.” He stopped.", 2),
        ("岩は古い。塔は新しい。", 2),
        ("wrapped\nover lines without an end", 1),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(alphabet="aB1 .!?\n。\"')", max_size=80))
def test_sentences_together_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text
