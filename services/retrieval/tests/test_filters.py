"""What a filter may be."""

from typing import Any

import pytest

from ragstone_index import All, OneOf
from ragstone_retrieval.errors import InvalidFilter
from ragstone_retrieval.filters import parse_filters


def test_a_value_and_a_list_of_values_are_both_accepted() -> None:
    assert parse_filters({"year": 2020, "company": ["Acme", "Globex"], "draft": False}) == All(
        [OneOf("year", [2020]), OneOf("company", ["Acme", "Globex"]), OneOf("draft", [False])]
    )


def test_no_filters_filter_nothing() -> None:
    assert parse_filters(None) is parse_filters({}) is None


@pytest.mark.parametrize("wanted", [None, {}, {"gte": 3}, [], [[1]], ["a", None]])
def test_any_other_shape_is_refused(wanted: Any) -> None:
    with pytest.raises(InvalidFilter, match="'year'"):
        parse_filters({"year": wanted})
