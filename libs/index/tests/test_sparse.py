"""What the sparse leg takes for the same word."""

import pytest

from ragstone_index import encode_document, encode_query
from ragstone_index.words import spelled_out


def meets(query: str, text: str, language: str | None = None, languages: tuple[str, ...] = ()) -> bool:
    """True when the query has a term of the text."""
    return not set(encode_query(query, languages).indices).isdisjoint(encode_document(text, language).indices)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ISO-9001", "certified to ISO 9001"),
        ("ISO9001", "certified to ISO-9001"),
        ("ISO 9001", "certified to ISO9001"),
        ("10-K", "the annual report on form 10K"),
        ("form 10K", "as filed in the 10-K"),
        ("v2.3.1", "since v2.3.1, see the notes"),
        ("1234567", "revenue was 1,234,567 dollars"),
        ("COVID19", "after COVID-19"),
        ("naive", "a naïve approach"),
        ("ISO-9001", "ＩＳＯ-９００１"),
    ],
)
def test_numbers_and_identifiers_are_found_however_they_are_written(query: str, text: str) -> None:
    assert meets(query, text)


def test_an_identifier_is_more_than_its_parts() -> None:
    def best(query: str) -> int:
        terms = set(encode_query(query).indices)
        texts = ["requires v2.3.1", "requires v2.31 and 3 more", "requires v3.2.1", "requires 1 of v2 or 3"]
        met = [len(terms & set(encode_document(text).indices)) for text in texts]
        assert met.count(max(met)) == 1
        return met.index(max(met))

    assert best("v2.3.1") == 0
    assert best("v3.2.1") == 2


@pytest.mark.parametrize(
    ("language", "query", "text"),
    [
        ("en", "running", "she runs"),
        ("de", "Häuser", "das Haus"),
        ("fr", "chevaux", "un cheval"),
        ("es", "canciones", "una canción"),
        ("ru", "документы", "без документа"),
        ("sv", "böckerna", "flera böcker"),
    ],
)
def test_words_meet_in_their_stems_by_the_language_of_the_text(language: str, query: str, text: str) -> None:
    assert meets(query, text, language, (language,))


def test_a_query_is_the_union_of_its_terms_over_the_languages() -> None:
    both = set(encode_query("Häuser running", ["de", "en"]).indices)
    assert both == {*encode_query("Häuser running", ["de"]).indices, *encode_query("Häuser running", ["en"]).indices}
    assert set(encode_query("Häuser", ["de-AT", "xx"]).indices) == set(encode_query("Häuser", ["de", "en"]).indices)


def test_without_languages_a_query_is_read_as_english_and_as_what_it_clearly_is() -> None:
    assert meets("Wie hoch sind die Kosten der Häuser?", "Haus", "de")
    assert meets("какие документы", "без документа", "ru")
    assert set(encode_query("the cost of houses").indices) == set(encode_query("the cost of houses", ["en"]).indices)


def test_a_text_of_another_language_is_found_by_its_words_as_they_stand() -> None:
    for language in ("de", "fr", "tr", "ja", None):
        assert meets("Kündigungsfristen", "Kündigungsfristen", language)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("京都", "東京都と京都市"),
        ("猫", "黒猫がいる"),
        ("한국", "한국어를 배운다"),
        ("ประเทศ", "ประเทศไทย"),
        ("東京 2024", "2024年の東京"),
    ],
)
def test_scripts_without_spaces_are_found_within_a_run(query: str, text: str) -> None:
    assert meets(query, text)


def test_scripts_without_spaces_do_not_meet_in_other_pairs() -> None:
    assert not meets("京東", "東京")
    assert not meets("東大", "東京大学")


def test_common_words_are_no_terms() -> None:
    assert encode_query("the of and").indices == []
    assert encode_document("the of and").indices == []


def test_plain_words_are_left_as_they_are() -> None:
    assert spelled_out("the quick, brown fox: don't", whole=True) == "the quick, brown fox: don't"


def test_a_long_run_of_joined_parts_takes_no_long_time() -> None:
    for text in ("b-" * 50_000 + "1", "b-" * 50_000, "b" * 100_000, "京" * 50_000, "a1" * 50_000):
        assert encode_document(text).indices
