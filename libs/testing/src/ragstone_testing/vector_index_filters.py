"""The part of the VectorIndex port's contract that is about filters, and about what a filter may not do."""

import pytest

from ragstone_index import (
    All,
    Between,
    Contains,
    Either,
    HybridHits,
    Not,
    OneOf,
    VectorIndex,
    Visibility,
    encode_query,
)
from ragstone_testing.passages import QUESTIONS
from ragstone_testing.vector_index_samples import (
    COLLECTION,
    EVERYONE,
    OTHER,
    agree,
    corpus,
    fill,
    found,
    indexed,
    stored,
    vector_of,
)


class VectorIndexFilterContract:
    """Comes with ``VectorIndexContract``."""

    async def test_where_keeps_chunks_that_satisfy_every_field(self, index: VectorIndex) -> None:
        await fill(
            index,
            stored("a", metadata={"company.name": 'Ac"me', "year": 2020, "tags": ["x", "y"], "draft": True}),
            stored("b", metadata={"company.name": 'Ac"me', "year": 2021.0, "tags": ["y"], "draft": False}),
            stored("c", metadata={"year": "2020", "draft": 1}),
            stored("d"),
        )
        assert await found(index, where=All([])) == {"a", "b", "c", "d"}
        assert await found(index, where=OneOf("company.name", ['Ac"me'])) == {"a", "b"}
        of_2020 = OneOf("year", [2020.0])
        assert await found(index, where=All([OneOf("company.name", ['Ac"me']), of_2020])) == {"a"}
        assert await found(index, where=OneOf("year", [2020, 2021])) == {"a", "b"}
        assert await found(index, where=OneOf("year", ["2020"])) == {"c"}
        assert await found(index, where=OneOf("tags", ["x", "z"])) == {"a"}
        assert await found(index, where=OneOf("draft", [True])) == {"a"}
        assert await found(index, where=OneOf("draft", [1])) == {"c"}
        assert await found(index, where=OneOf("year", [])) == set()
        assert await found(index, where=OneOf("unknown", ["x"])) == set()

    async def test_where_does_not_widen_permissions(self, index: VectorIndex) -> None:
        await fill(index, stored("a", metadata={"tenant": "globex", "acl": "user:ann", "n": 1}, tenant="globex"))
        assert await found(index, where=OneOf("n", [1])) == set()
        assert await found(index, where=Either([OneOf("n", [1]), All([])])) == set()
        assert await found(index, where=Not(OneOf("n", [2]))) == set()
        theirs = All([OneOf("tenant", ["globex"]), OneOf("acl", ["user:ann"])])
        assert await found(index, where=theirs) == set()

    async def test_a_range_holds_for_numbers_and_for_dates_and_keeps_them_apart(self, index: VectorIndex) -> None:
        await fill(
            index,
            stored("a", metadata={"year": 2020, "day": "2020-02-29T10:00:00Z"}),
            stored("b", metadata={"year": 2021.5, "day": "2021-06"}),
            stored("c", metadata={"year": "2021", "day": ["1999", "2020-03-01"]}),
            stored("d", metadata={"year": True, "day": "29 February"}),
        )
        assert await found(index, where=Between("year", gte=2020)) == {"a", "b"}
        assert await found(index, where=Between("year", gt=2020)) == {"b"}
        assert await found(index, where=Between("year", gte=2020, lt=2021.5)) == {"a"}
        assert await found(index, where=Between("year", lte="2021-01-01")) == {"c"}
        assert await found(index, where=Between("day", gte="2020", lt="2021")) == {"a", "c"}
        assert await found(index, where=Between("day", gt="2020-03-01")) == {"b"}
        assert await found(index, where=Between("day", gt="1999-01-01", lt="2020-02")) == set()
        assert await found(index, where=Between("day", gte=0)) == set()
        assert await found(index, where=Between("no such", gte=0)) == set()

    async def test_conditions_can_be_joined_and_turned_round(self, index: VectorIndex) -> None:
        await fill(index, *(stored(f"{n}", metadata={"n": n, "odd": bool(n % 2)}) for n in range(6)), stored("none"))
        odd, small = OneOf("odd", [True]), Between("n", lt=2)
        assert await found(index, where=Either([odd, small])) == {"0", "1", "3", "5"}
        assert await found(index, where=Either([])) == set()
        assert await found(index, where=Not(Either([odd, small]))) == {"2", "4", "none"}
        assert await found(index, where=Not(All([odd, small]))) == {"0", "2", "3", "4", "5", "none"}
        assert await found(index, where=All([odd, Not(small), Either([small, OneOf("n", [5])])])) == {"5"}
        assert await found(index, where=Not(OneOf("n", []))) == {"0", "1", "2", "3", "4", "5", "none"}

    async def test_a_text_is_found_within_a_field(self, index: VectorIndex) -> None:
        await fill(
            index,
            stored("a", metadata={"section": ["1 Risk Factors", "1.2 Markets 100% & more"], "a.b": "x'y"}),
            stored("b", metadata={"section": "risk", "n": 5}, title="Straßenbau"),
        )
        assert await found(index, where=Contains("section", "RISK")) == {"a", "b"}
        assert await found(index, where=Contains("section", "risk f")) == {"a"}
        assert await found(index, where=Contains("section", "100% &")) == {"a"}
        assert await found(index, where=Contains("a.b", "X'")) == {"a"}
        assert await found(index, where=Contains("title", "STRASSE")) == {"b"}
        assert await found(index, where=Contains("n", "5")) == set()

    async def test_a_chunk_is_found_by_its_document_and_position(self, index: VectorIndex) -> None:
        await fill(index, *(stored(f"{n}", document_id=f"d{n % 2}", position=n // 2) for n in range(6)))
        second = All([OneOf("document_id", ["d1"]), Between("position", gte=1, lte=2)])
        assert await found(index, where=second) == {"3", "5"}
        assert {chunk.chunk_id for chunk in await index.find(COLLECTION, EVERYONE, 10, second)} == {"3", "5"}

    async def test_what_is_counted_and_listed_is_what_a_search_may_see(self, index: VectorIndex) -> None:
        assert await index.count(COLLECTION, EVERYONE) == 0
        assert await index.find(COLLECTION, EVERYONE, 5) == []
        await fill(
            index,
            stored("seen", metadata={"n": 1}),
            stored("other tenant", tenant="globex", metadata={"n": 1}),
            stored("other reader", acl=["user:bob"], metadata={"n": 1}),
            stored("not yet", born=6, metadata={"n": 1}),
            stored("gone", died=5, metadata={"n": 1}),
            stored("another", metadata={"n": 2}),
        )
        assert await index.count(COLLECTION, EVERYONE) == 2
        assert await index.count(COLLECTION, EVERYONE, OneOf("n", [1])) == 1
        assert [one.chunk_id for one in await index.find(COLLECTION, EVERYONE, 5, OneOf("n", [1]))] == ["seen"]
        assert len(await index.find(COLLECTION, EVERYONE, 1)) == 1

    async def test_a_change_of_who_may_see_a_document_holds_from_the_next_query(self, index: VectorIndex) -> None:
        await fill(index, stored("a", acl=["user:bob"]), stored("b", version=2), stored("x", document_id="other"))
        await index.set_acl(COLLECTION, "document", ["group:staff", "user:ann"])
        assert await found(index) == {"x"}
        assert await found(index, Visibility("acme", ["user:ann"], 5)) == {"a", "b"}
        assert await found(index, Visibility("globex", ["user:ann"], 5)) == set()
        assert {tuple(one.acl) for one in await index.chunks(COLLECTION, "document")} == {("group:staff", "user:ann")}
        await index.set_acl(COLLECTION, "document", [])
        assert await found(index, Visibility("acme", ["*", "user:ann", "user:bob", "group:staff"], 5)) == {"x"}
        await index.set_acl(OTHER, "document", ["*"])

    @pytest.mark.requirement("RET-1")
    async def test_a_withheld_document_is_found_by_nobody(self, index: VectorIndex) -> None:
        # What its uploader says a document's id is makes no difference.
        held_back = stored("b", document_id="doc-b", metadata={"document_id": "another"})
        await index.upsert(COLLECTION, [indexed(stored("a", document_id="doc-a")), indexed(held_back)])
        asker = Visibility("acme", ["*"], 5, withheld=["doc-b", "doc-x"])
        assert await found(index, asker) == {"a"}
        assert {one.chunk_id for one in await index.find(COLLECTION, asker, 10)} == {"a"}
        assert await index.count(COLLECTION, asker) == 1
        assert await index.count(COLLECTION, asker, Not(OneOf("document_id", ["doc-a"]))) == 0

    async def test_both_legs_in_one_request_find_what_each_finds_alone(self, index: VectorIndex) -> None:
        question = (vector_of("quick fox"), encode_query("quick fox"))
        assert await index.hybrid(COLLECTION, question, EVERYONE, 3) == HybridHits([], [])
        await index.upsert(COLLECTION, corpus())
        for text, where in ((QUESTIONS[0], None), (QUESTIONS[1], OneOf("document_id", ["d1"])), ("zyzzyva", None)):
            vector, terms = vector_of(text), encode_query(text)
            legs = await index.hybrid(COLLECTION, (vector, terms), EVERYONE, 3, where)
            agree(legs.dense, await index.dense(COLLECTION, vector, EVERYONE, 3, where))
            agree(legs.sparse, await index.sparse(COLLECTION, terms, EVERYONE, 3, where))
