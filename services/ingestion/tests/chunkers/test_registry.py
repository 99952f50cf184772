import pytest

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.chunkers import chunker_for
from ragstone_ingestion.chunkers.packing_chunkers import HeaderAwareChunker

from .documents import TOKENS

NAMES = ("recursive", "header-aware", "page-aware", "sentence-window", "parent-child")


@pytest.mark.requirement("ING-9")
@pytest.mark.parametrize("name", NAMES)
def test_every_chunker_is_there_by_its_name_and_with_its_defaults(name: str) -> None:
    assert chunker_for(CollectionSettings(chunker=name), TOKENS)


def test_without_a_name_it_is_the_header_aware_one() -> None:
    assert type(chunker_for(CollectionSettings(), TOKENS)) is HeaderAwareChunker


def test_an_unknown_chunker_is_an_invalid_request_that_names_those_there_are() -> None:
    with pytest.raises(InvalidRequest, match="header-aware") as raised:
        chunker_for(CollectionSettings(chunker="no-such"), TOKENS)
    assert raised.value.status == 422


@pytest.mark.parametrize(
    "nonsense",
    [
        {"chunk_tokens": 100, "chunk_overlap": 51},
        {"chunk_overlap": 100},
        {"parent_tokens": 400},
        {"window_sentences": 2},
        {"chunker": "recursive", "parent_tokens": 400},
        {"chunker": "page-aware", "window_sentences": 2},
        {"chunker": "sentence-window", "chunk_overlap": 10},
        {"chunker": "parent-child", "chunk_tokens": 160, "parent_tokens": 300},
        {"chunker": "parent-child", "chunk_tokens": 300},
        {"chunker": "parent-child", "window_sentences": 2},
    ],
)
def test_options_that_make_no_sense_together_are_an_invalid_request(nonsense: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        chunker_for(CollectionSettings.model_validate(nonsense), TOKENS)


@pytest.mark.parametrize(
    "sense",
    [
        {"chunk_tokens": 100, "chunk_overlap": 50},
        {"chunker": "page-aware", "chunk_overlap": 0},
        {"chunker": "sentence-window", "window_sentences": 1},
        {"chunker": "parent-child", "parent_tokens": 800, "chunk_tokens": 160},
    ],
)
def test_options_that_make_sense_are_taken(sense: dict[str, object]) -> None:
    assert chunker_for(CollectionSettings.model_validate(sense), TOKENS)
