import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_agents.citations import SentenceReader, Written


def read(*pieces: str) -> list[Written]:
    reader = SentenceReader()
    return [sentence for piece in pieces for sentence in reader.feed(piece)] + reader.close()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One is 1.5%. Two [2].", [("One is 1.5%.", []), ("Two.", [2])]),
        ("Fact. [1] Next fact [2][3].", [("Fact.", [1]), ("Next fact.", [2, 3])]),
        ('Fact [1, 2]. He said "no." [3] Then left.', [("Fact.", [1, 2]), ('He said "no."', [3]), ("Then left.", [])]),
        ("Dr. Smith met J. Doe, e.g. Monday. Fine.", [("Dr. Smith met J. Doe, e.g. Monday.", []), ("Fine.", [])]),
        ("Fees [1] Opening hours [2]", [("Fees", [1]), ("Opening hours", [2])]),
        ("It is $5 [1] and not $6 [2].", [("It is $5 and not $6.", [1, 2])]),
        ("Steps:\n- open it [1]\n- close it [2]", [("Steps:", []), ("open it", [1]), ("close it", [2])]),
        ("1. First one. [1]\n2. Second one. [1]", [("First one.", [1]), ("Second one.", [1])]),
        ("A line that is\nwrapped ends. Here", [("A line that is\nwrapped ends.", []), ("Here", [])]),
        ("Title\n\nText.", [("Title", []), ("Text.", [])]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_an_answer_is_cut_where_its_sentences_end(text: str, sentences: list[tuple[str, list[int]]]) -> None:
    assert [(one.text, one.marks) for one in read(text)] == sentences


PIECES = [
    "The fee",
    " is $5.50",
    ".",
    " ",
    "\n",
    "\n\n",
    "- ",
    "[1]",
    "[",
    "1",
    "2]",
    " [12][3]",
    "Dr. ",
    "e.g. ",
    "ends!",
    "Ü",
    "2. ",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.data())
def test_how_the_text_arrives_makes_no_difference(words: list[str], data: st.DataObject) -> None:
    text = "".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces) == read(text)


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_nothing_but_white_space_is_lost(words: list[str]) -> None:
    text = "".join(words) + "end"
    assert "".join("".join(one.lead + one.raw for one in read(text)).split()) == "".join(text.split())


def test_a_sentence_is_given_out_as_soon_as_the_next_one_begins() -> None:
    reader = SentenceReader()
    assert reader.feed("The fee is $5. ") == []
    assert reader.feed("[1") == []
    assert reader.feed("] ") == []
    assert [one.text for one in reader.feed("It")] == ["The fee is $5."]


def test_marks_divide_a_sentence_into_parts() -> None:
    (sentence,) = read("open the lid [1] close the valve [2] stop")
    assert [(one.text, one.marks) for one in sentence.parts()] == [
        ("open the lid", [1]),
        ("close the valve", [2]),
        ("stop", []),
    ]
