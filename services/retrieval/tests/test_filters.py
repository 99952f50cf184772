"""What a filter may be, and what becomes of any other JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_index import All, Between, Contains, Either, InMemoryVectorIndex, Not, OneOf, StoredChunk, Where
from ragstone_index.filters import Scalar
from ragstone_index.matching import fields_of, holds
from ragstone_retrieval.errors import InvalidFilter, UnknownField
from ragstone_retrieval.fields import KnownFields
from ragstone_retrieval.filters import MOST_CONDITIONS, MOST_DEPTH, MOST_VALUES, fields_in, parse_filters
from ragstone_testing.counted_fields import counted

KNOWN = KnownFields(
    {"c1": counted("c1", [{"year": 2020, "company": "Acme", "draft": True, "tags": ["a", "b"]}, {"year": 2021}])},
    closed=True,
)


def deep(levels: int) -> dict[str, Any]:
    return {"year": 2020} if not levels else {"$not": deep(levels - 1)}


def test_a_value_and_a_list_of_values_are_both_accepted() -> None:
    assert parse_filters({"year": 2020, "company": ["Acme", "Globex"], "draft": False}) == All(
        [OneOf("year", [2020]), OneOf("company", ["Acme", "Globex"]), OneOf("draft", [False])]
    )


def test_no_filters_filter_nothing() -> None:
    assert parse_filters(None) is parse_filters({}) is None


@pytest.mark.requirement("RET-2")
@pytest.mark.parametrize(
    ("filters", "where"),
    [
        ({"year": {"$gte": 2020, "$lt": 2023}}, Between("year", gte=2020, lt=2023)),
        ({"year": {"gt": 2020, "ne": 2022}}, All([Between("year", gt=2020), Not(OneOf("year", [2022]))])),
        ({"seen": {"lte": "2024-05"}}, Between("seen", lte="2024-05")),
        ({"company": {"$eq": "Acme"}}, OneOf("company", ["Acme"])),
        ({"company": {"in": ["Acme", "Globex"]}}, OneOf("company", ["Acme", "Globex"])),
        ({"company": {"$nin": ["Acme"]}}, Not(OneOf("company", ["Acme"]))),
        ({"title": {"contains": "report"}}, Contains("title", "report")),
        ({"$or": [{"a": 1}, {"b": 2, "c": 3}]}, Either([OneOf("a", [1]), All([OneOf("b", [2]), OneOf("c", [3])])])),
        ({"$and": [{"a": 1}], "b": 2}, All([All([OneOf("a", [1])]), OneOf("b", [2])])),
        ({"$not": {"$or": [{"a": 1}]}}, Not(Either([OneOf("a", [1])]))),
    ],
)  # fmt: skip
def test_operators_and_logic(filters: dict[str, Any], where: Where) -> None:
    assert parse_filters(filters) == where


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        ({"year": None}, "filters.year"),
        ({"year": {}}, "filters.year"),
        ({"year": []}, "filters.year"),
        ({"year": [[1]]}, "filters.year"),
        ({"year": ["a", None]}, "filters.year"),
        ({"year": {"near": 3}}, "filters.year.near"),
        ({"year": {"gte": 3, "$gte": 4}}, "filters.year"),
        ({"year": {"gte": "soon"}}, "filters.year.gte"),
        ({"year": {"gte": True}}, "filters.year.gte"),
        ({"year": {"gte": 2020, "lt": "2021"}}, "filters.year"),
        ({"year": {"gte": 10**400}}, "filters.year.gte"),
        ({"year": float("nan")}, "filters.year"),
        ({"year": {"in": 2020}}, "filters.year.in"),
        ({"year": {"contains": ""}}, "filters.year.contains"),
        ({"year": "\ud800"}, "filters.year"),
        ({"$nor": []}, "filters.$nor"),
        ({"$or": []}, "filters.$or"),
        ({"$or": {"a": 1}}, "filters.$or"),
        ({"$or": [{"a": 1}, {"b": {"c": 1}}]}, "filters.$or[1].b.c"),
        ({"$not": []}, "filters.$not"),
        (deep(MOST_DEPTH), "filters" + ".$not" * MOST_DEPTH),
        ({"$or": [{"a": 1}] * (MOST_CONDITIONS + 1)}, f"filters.$or[{MOST_CONDITIONS}].a"),
        ({"year": [1] * (MOST_VALUES + 1)}, "filters.year"),
    ],
)
def test_any_other_shape_is_refused_with_the_place_that_is_wrong(filters: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidFilter) as raised:
        parse_filters(filters)
    assert raised.value.extra["path"] == path
    assert raised.value.detail.startswith(f"{path}: ")


def test_as_deep_and_as_many_as_is_allowed() -> None:
    assert parse_filters(deep(MOST_DEPTH - 1)) is not None
    assert parse_filters({"$or": [{"a": 1}] * MOST_CONDITIONS}) is not None


@pytest.mark.requirement("RET-2")
def test_a_range_over_what_has_no_order_is_refused_by_the_fields_of_the_collection() -> None:
    assert parse_filters({"year": {"gte": 2020}}, KNOWN) == Between("year", gte=2020)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"company": {"gte": 3}}, "filters.company.gte"),
        ({"$not": {"year": {"lt": "2020-01-01"}}}, "filters.$not.year.lt"),
        ({"draft": {"contains": "t"}}, "filters.draft.contains"),
        ({"page": {"contains": "3"}}, "filters.page.contains"),
    ]
    for filters, path in wrong:
        with pytest.raises(InvalidFilter) as raised:
            parse_filters(filters, KNOWN)
        assert raised.value.extra["path"] == path


@pytest.mark.requirement("RET-2")
def test_a_field_that_no_document_has_is_answered_with_those_most_like_it() -> None:
    with pytest.raises(UnknownField, match="did you mean 'company'") as raised:
        parse_filters({"$or": [{"compnay": "Acme"}]}, KNOWN)
    assert raised.value.extra == {"field": "compnay", "nearest": ["company"]}
    assert (raised.value.status, raised.value.code) == (422, "unknown_field")


def test_what_every_chunk_has_is_known_everywhere() -> None:
    for name in ("title", "document_id", "position", "page", "section", "filename"):
        assert parse_filters({name: "x"}, KNOWN) == OneOf(name, ["x"])


def test_where_not_all_fields_are_known_any_name_may_be_one() -> None:
    assert parse_filters({"compnay": "Acme"}, KnownFields(KNOWN.of)) == OneOf("compnay", ["Acme"])
    assert parse_filters({"compnay": "Acme"}) == OneOf("compnay", ["Acme"])


def test_the_fields_of_a_filter_are_all_of_them() -> None:
    filters = {"a": 1, "$or": [{"b": {"gte": 1}}, {"$not": {"c": ["x"]}}]}
    assert list(fields_in(filters)) == ["a", "b", "c"]


_NAMES = st.sampled_from(["year", "company", "title", "$and", "$or", "$not", "$gte", "gt", "contains", "in", "$eq", ""])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_CHUNK = StoredChunk("c", "t", ["*"], "d", 1, "T", 0, 1, "x", metadata={"year": 2020, "company": ["Acme", "B"], "": 1})


@pytest.mark.requirement("RET-2")
@settings(max_examples=300)
@given(st.dictionaries(_NAMES | st.text(max_size=3), _JSON, max_size=3))
async def test_any_json_is_a_filter_that_an_engine_takes_or_is_refused(filters: dict[str, Any]) -> None:
    for known in (KnownFields(), KNOWN):
        try:
            where = parse_filters(filters, known)
        except (InvalidFilter, UnknownField) as refused:
            json.dumps(refused.problem().model_dump()).encode()
        else:
            assert where is None or holds(where, fields_of(_CHUNK)) in (True, False)


_SCALARS: st.SearchStrategy[Scalar] = st.sampled_from([2019, 2020, 2021, "Acme", "B", True])


@given(_SCALARS, _SCALARS)
def test_a_value_that_is_not_wanted_is_the_opposite_of_one_that_is(one: Scalar, other: Scalar) -> None:
    fields = fields_of(_CHUNK)
    for name in ("year", "company", "missing"):
        wanted = parse_filters({name: {"in": [one, other]}})
        unwanted = parse_filters({name: {"$nin": [one, other]}})
        assert wanted is not None
        assert unwanted is not None
        assert holds(wanted, fields) is not holds(unwanted, fields)


async def test_filters_hold_in_an_index(index: InMemoryVectorIndex) -> None:
    where = parse_filters({"$or": [{"title": {"contains": "TIDE"}}, {"document_id": "doc-cider"}]})
    found = await index.chunks("c1")
    assert where is not None
    assert {chunk.chunk_id for chunk in found if holds(where, fields_of(chunk))} == {"tides", "cider"}
