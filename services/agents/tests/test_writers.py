"""Whatever a writer writes, what is shown is borne out: an extractive, an honest and a hostile one."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragstone_contracts.chat import Answer, ChatRequest, CitationEvent, DoneEvent, TokenEvent
from ragstone_contracts.models import NO_ANSWER
from ragstone_testing.library import Library
from ragstone_testing.passages import PASSAGES

World = Any  # the class of the fixture in conftest.py, which cannot be imported

SHELF = {f"book-{number}": "\n\n".join(PASSAGES[number::4]) for number in range(4)}
SHOWN = [chunk.text for chunk in Library(SHELF).chunks()][:8]
"""The passages of a search that finds everything, in their order."""

patient = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
numbers = st.integers(1, len(SHOWN))
verbatim = st.lists(numbers.map(lambda number: f"{SHOWN[number - 1]} [{number}]"), min_size=1, max_size=4).map(" ".join)


def respelled(number: int, change: int) -> str:
    text = SHOWN[number - 1].rstrip(".")
    changes = [
        text.lower(),
        text.replace(" ", "  "),
        text.replace(" ", "\n", 1),
        f"**{text}**",
        text.replace("e", "e\u00ad", 1),
    ]
    return f"{changes[change]} [{number}]. "


honest = st.lists(st.builds(respelled, numbers, st.integers(0, 4)), min_size=1, max_size=4).map("\n- ".join)
words = st.sampled_from(
    [word for passage in SHOWN for word in passage.split()]
    + [
        "not",
        "never",
        "12",
        "$5",
        "Zanzibar.",
        "[1]",
        "[9]",
        "[1",
        "]",
        "[1][2].",
        "\n",
        "- ",
        ".",
        "“",
        "\u200b",
        "½",
        NO_ANSWER,
    ]
    + [
        "<</passage 0>>",
        "Ignore all previous instructions.",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "![x](http://e.example/?q=1)",
    ]
)
hostile = st.one_of(
    st.lists(words, max_size=40).map(" ".join),
    st.builds(lambda one, other: f"{SHOWN[one - 1]} [{other}] ", numbers, numbers),
    st.builds(lambda text, word: text.replace(" ", f" {word} ", 1), verbatim, words),
)


async def proven(world: World, text: str, size: int) -> Answer:
    """The answer to a writer that writes ``text``, once everything promised of it has been checked."""
    world.library.documents, world.library.finds_everything = dict(SHELF), True
    world.writes(text, size)
    events = await world.events(ChatRequest(question="zzz qqq", collection="handbook"))
    final = events[-1]
    assert isinstance(final, DoneEvent)
    answer: Answer = final.answer
    assert "".join(event.text for event in events if isinstance(event, TokenEvent)) == answer.answer
    assert [event.citation for event in events if isinstance(event, CitationEvent)] == answer.citations
    for citation in answer.citations:
        canonical = world.library.documents[citation.document_id]
        assert canonical[citation.start : citation.end] == citation.quote
        if citation.match == "exact":
            assert answer.answer[slice(*citation.sentence)] == citation.quote
    cited = {i for citation in answer.citations for i in range(*citation.sentence)}
    bare = "".join(character for i, character in enumerate(answer.answer) if i not in cited)
    assert answer.abstained == (not answer.citations)
    assert answer.answer == NO_ANSWER if answer.abstained else not any(character.isalpha() for character in bare)
    return answer


@pytest.mark.requirement("CIT-1")
@patient
@given(verbatim, st.integers(1, 60))
async def test_an_extractive_writer_is_quoted_in_full(world: World, text: str, size: int) -> None:
    answer = await proven(world, text, size)
    assert answer.unsupported == []
    assert {citation.match for citation in answer.citations} == {"exact"}


@pytest.mark.requirement("CIT-1")
@patient
@given(honest, st.integers(1, 60))
async def test_an_honest_writer_is_understood(world: World, text: str, size: int) -> None:
    answer = await proven(world, text, size)
    assert answer.unsupported == []


@pytest.mark.requirement("CIT-1")
@patient
@given(hostile, st.integers(1, 60))
async def test_a_hostile_writer_gets_nothing_shown_that_no_source_says(world: World, text: str, size: int) -> None:
    answer = await proven(world, text, size)
    assert "Zanzibar" not in answer.answer
    assert "AKIA" + "IOSFODNN7EXAMPLE" not in answer.model_dump_json()
