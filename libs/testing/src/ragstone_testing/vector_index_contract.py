"""The contract of the VectorIndex port, run over every adapter.

An adapter proves itself in a few lines::

    class TestMyIndex(VectorIndexContract):
        @pytest.fixture
        async def index(self):
            index = MyIndex()
            yield index
            await index.close()
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ragstone_index import (
    NEVER,
    All,
    Between,
    Contains,
    Either,
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    InMemoryVectorIndex,
    Not,
    OneOf,
    Page,
    Parent,
    StoredChunk,
    VectorIndex,
    Visibility,
    WrongDimension,
    encode_document,
    encode_query,
)
from ragstone_index.port import Vector
from ragstone_testing.passages import PASSAGES, QUESTIONS
from ragstone_testing.scripted_models import hashed_vectors

DIMENSIONS = 32
COLLECTION = "collection:1/with odd characters"
OTHER = "other"
EVERYONE = Visibility("acme", ["*"], sequence=5)


def vector_of(text: str) -> Vector:
    """A unit vector, near that of texts that share words."""
    return np.asarray(hashed_vectors([text], DIMENSIONS)[0], np.float32)


def stored(chunk_id: str, text: str = "the quick brown fox", **changes: object) -> StoredChunk:
    """A chunk that everyone of tenant ``acme`` sees from sequence 1 on, unless ``changes`` say otherwise."""
    plain = StoredChunk(chunk_id, "acme", ["*"], "document", 1, "Title", 0, len(text), text, born=1)
    return replace(plain, **changes)  # type: ignore[arg-type]


def indexed(chunk: StoredChunk) -> IndexedChunk:
    return IndexedChunk(chunk, vector_of(chunk.text), encode_document(chunk.text))


def corpus() -> list[IndexedChunk]:
    return [indexed(stored(f"p{n}", text, document_id=f"d{n // 4}")) for n, text in enumerate(PASSAGES)]


async def fill(index: VectorIndex, *chunks: StoredChunk) -> None:
    await index.upsert(COLLECTION, [indexed(chunk) for chunk in chunks])


async def found(
    index: VectorIndex, visibility: Visibility = EVERYONE, *, text: str = "quick fox", **options: object
) -> set[str]:
    """The ids that both legs find; they must be the same, so a leg that forgets a filter is caught."""
    dense = await index.dense(COLLECTION, vector_of(text), visibility, 100, **options)  # type: ignore[arg-type]
    sparse = await index.sparse(COLLECTION, encode_query(text), visibility, 100, **options)  # type: ignore[arg-type]
    assert _ids(dense) == _ids(sparse)
    return _ids(dense)


def _ids(hits: Sequence[Hit]) -> set[str]:
    ids = [hit.chunk.chunk_id for hit in hits]
    assert len(ids) == len(set(ids))
    return set(ids)


class VectorIndexContract:
    """Subclass it as ``Test...`` and give it a fixture ``index``: a VectorIndex that nothing was written to.

    The tests write to the collections ``COLLECTION`` and ``OTHER``.
    """

    async def test_a_collection_never_written_yields_nothing(self, index: VectorIndex) -> None:
        assert await found(index) == set()
        assert await index.chunks(COLLECTION) == []
        await index.set_life(COLLECTION, "document", 1, born=1)
        await index.delete(COLLECTION, "document")
        await index.drop(COLLECTION)
        await index.upsert(COLLECTION, [])
        assert await index.chunks(COLLECTION) == []

    async def test_it_answers_a_ping(self, index: VectorIndex) -> None:
        await index.ping()

    async def test_a_chunk_comes_back_as_it_was_stored(self, index: VectorIndex) -> None:
        text = 'naïve 東京 🦊‍🔥 e\u0301 \u202eright\u202c \x00 tab\t"quote" \\ fox'
        chunk = stored(
            "ïd/ 1",
            text,
            title="Überschrift ✓",
            start=2**40,
            end=2**40 + len(text),
            page=7,
            acl=["*", "group:é 1"],
            metadata={
                "año.x": 2020,
                "big": 2**70,
                "ratio": 1.0,
                "flag": True,
                "tags": ["a", "b"],
                "": {"deep": [None]},
            },
        )
        await fill(index, chunk)
        assert await index.chunks(COLLECTION) == [chunk]
        assert [hit.chunk for hit in await index.dense(COLLECTION, vector_of(text), EVERYONE, 1)] == [chunk]
        assert [hit.chunk for hit in await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 1)] == [chunk]

    async def test_a_chunk_comes_back_with_its_context_and_its_parent(self, index: VectorIndex) -> None:
        parent = Parent(3, 2**40, "the parent of the fox \u00e9\U0001f98a", page=2)
        for chunk in (
            stored("a", context="Animal | Legs", parent=parent),
            stored("b", parent=replace(parent, page=None)),
        ):
            await fill(index, chunk)
            assert await index.chunks(COLLECTION) == [chunk]
            assert [hit.chunk for hit in await index.dense(COLLECTION, vector_of("fox"), EVERYONE, 1)] == [chunk]
            assert [hit.chunk for hit in await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 1)] == [chunk]
            await index.delete(COLLECTION, chunk.document_id)

    async def test_collections_are_apart(self, index: VectorIndex) -> None:
        await fill(index, stored("mine"))
        await index.upsert(OTHER, [indexed(stored("theirs"))])
        assert await found(index) == {"mine"}
        await index.drop(OTHER)
        assert await index.chunks(OTHER) == []
        assert await found(index) == {"mine"}

    async def test_a_dropped_collection_can_be_made_again_with_another_dimension(self, index: VectorIndex) -> None:
        await fill(index, stored("a"))
        await index.drop(COLLECTION)
        assert await found(index) == set()
        chunk = stored("b")
        await index.upsert(COLLECTION, [IndexedChunk(chunk, np.ones(3, np.float32), encode_document(chunk.text))])
        assert [hit.chunk for hit in await index.dense(COLLECTION, np.ones(3, np.float32), EVERYONE, 5)] == [chunk]

    async def test_a_vector_of_another_dimension_is_refused(self, index: VectorIndex) -> None:
        await fill(index, stored("a"))
        with pytest.raises(WrongDimension):
            await index.dense(COLLECTION, np.ones(3, np.float32), EVERYONE, 5)
        odd = IndexedChunk(stored("b"), np.ones(3, np.float32), encode_document("b"))
        with pytest.raises(WrongDimension):
            await index.upsert(COLLECTION, [indexed(stored("c")), odd])
        assert await found(index) == {"a"}

    # permissions

    @pytest.mark.requirement("RET-1")
    async def test_another_tenant_sees_nothing(self, index: VectorIndex) -> None:
        await fill(index, stored("a"), stored("b", tenant="globex"))
        assert await found(index) == {"a"}
        assert await found(index, Visibility("globex", ["*"], 5)) == {"b"}
        assert await found(index, Visibility("", ["*"], 5)) == set()

    @pytest.mark.requirement("RET-1")
    async def test_an_acl_admits_exactly_those_it_names(self, index: VectorIndex) -> None:
        await fill(
            index,
            stored("everyone"),
            stored("ann", acl=["user:ann"]),
            stored("staff", acl=["group:staff", "group:board"]),
            stored("nobody", acl=[]),
        )
        assert await found(index, Visibility("acme", ["*", "user:bob"], 5)) == {"everyone"}
        assert await found(index, Visibility("acme", ["*", "user:ann"], 5)) == {"everyone", "ann"}
        assert await found(index, Visibility("acme", ["*", "user:bob", "group:board"], 5)) == {"everyone", "staff"}
        assert await found(index, Visibility("acme", ["user:ann", "group:staff"], 5)) == {"ann", "staff"}
        assert await found(index, Visibility("acme", ["user:an", "group:", "staff", "USER:ANN"], 5)) == set()
        assert await found(index, Visibility("acme", [], 5)) == set()

    @pytest.mark.requirement("RET-1")
    async def test_the_limit_counts_visible_chunks_only(self, index: VectorIndex) -> None:
        hidden = [stored(f"h{n}", "quick fox", acl=["user:ann"]) for n in range(50)]
        await fill(index, *hidden, *(stored(f"v{n}", "quick fox and some more words") for n in range(3)))
        assert await found(index) == {"v0", "v1", "v2"}

    @pytest.mark.requirement("RET-1")
    async def test_scores_do_not_show_what_another_tenant_wrote(self, index: VectorIndex) -> None:
        await fill(index, stored("a"), stored("b", "nothing of the kind"))
        before = await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 5)
        await fill(index, *(stored(f"t{n}", tenant="globex") for n in range(20)))
        after = await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 5)
        assert [hit.score for hit in after] == pytest.approx([hit.score for hit in before])

    # the life of versions

    async def test_a_chunk_is_seen_from_its_birth_until_before_its_death(self, index: VectorIndex) -> None:
        await fill(index, stored("a", born=3, died=6))
        seen = [bool(await found(index, replace(EVERYONE, sequence=sequence))) for sequence in range(8)]
        assert seen == [False, False, False, True, True, True, False, False]

    async def test_a_chunk_is_unborn_and_immortal_by_default(self, index: VectorIndex) -> None:
        await fill(index, stored("unborn", born=NEVER), stored("immortal", born=0))
        assert await found(index, replace(EVERYONE, sequence=NEVER - 1)) == {"immortal"}
        assert {chunk.chunk_id for chunk in await index.chunks(COLLECTION)} == {"unborn", "immortal"}

    async def test_a_version_replaces_another_between_two_sequences(self, index: VectorIndex) -> None:
        await fill(index, stored("1a"), stored("1b"), stored("2a", version=2, born=NEVER))
        await fill(index, stored("else", document_id="another", version=1))
        await index.set_life(COLLECTION, "document", 2, born=4)
        await index.set_life(COLLECTION, "document", 1, died=4)
        assert await found(index, replace(EVERYONE, sequence=3)) == {"1a", "1b", "else"}
        assert await found(index, replace(EVERYONE, sequence=4)) == {"2a", "else"}

    async def test_setting_one_bound_leaves_the_other(self, index: VectorIndex) -> None:
        await fill(index, stored("a", born=NEVER))
        await index.set_life(COLLECTION, "document", 1, born=2)
        await index.set_life(COLLECTION, "document", 1, died=9)
        await index.set_life(COLLECTION, "document", 1)
        await index.set_life(COLLECTION, "document", 2, born=1, died=1)
        await index.set_life(COLLECTION, "document", 1, died=9)
        assert [(chunk.born, chunk.died) for chunk in await index.chunks(COLLECTION)] == [(2, 9)]

    # writing

    async def test_upserting_again_replaces(self, index: VectorIndex) -> None:
        await fill(index, stored("a"), stored("b"))
        await fill(index, stored("a"))
        await fill(index, stored("a", "a lazy dog", acl=["user:ann"]))
        assert len(await index.chunks(COLLECTION)) == 2
        assert await found(index) == {"b"}
        hits = await index.sparse(COLLECTION, encode_query("lazy"), Visibility("acme", ["user:ann"], 5), 5)
        assert [hit.chunk.text for hit in hits] == ["a lazy dog"]
        assert not await index.sparse(COLLECTION, encode_query("fox"), Visibility("acme", ["user:ann"], 5), 5)

    async def test_deleting_removes_one_version_or_all_and_may_be_repeated(self, index: VectorIndex) -> None:
        await fill(index, stored("1"), stored("2", version=2), stored("3", version=3), stored("x", document_id="x"))
        for _ in range(2):
            await index.delete(COLLECTION, "document", 2)
            assert await found(index) == {"1", "3", "x"}
        for _ in range(2):
            await index.delete(COLLECTION, "document")
            assert await found(index) == {"x"}
        await index.delete(COLLECTION, "unknown")
        assert {chunk.chunk_id for chunk in await index.chunks(COLLECTION)} == {"x"}

    async def test_chunks_lists_a_document_a_version_or_all_of_many(self, index: VectorIndex) -> None:
        many = [stored(f"m{n}", document_id="many", born=NEVER) for n in range(2500)]
        await fill(index, *many, stored("1"), stored("2", version=2))
        assert len(await index.chunks(COLLECTION)) == 2502
        assert len(await index.chunks(COLLECTION, "many")) == 2500
        assert [chunk.chunk_id for chunk in await index.chunks(COLLECTION, "document", 2)] == ["2"]
        assert await index.chunks(COLLECTION, "document", 3) == []

    # looking through everything

    async def test_collections_are_those_written_and_not_dropped(self, index: VectorIndex) -> None:
        assert await index.collections() == []
        await fill(index, stored("a"))
        await index.upsert(OTHER, [indexed(stored("b"))])
        assert set(await index.collections()) == {COLLECTION, OTHER}
        await index.drop(OTHER)
        assert await index.collections() == [COLLECTION]

    async def test_a_walk_in_pages_meets_every_version(self, index: VectorIndex) -> None:
        assert await index.page(COLLECTION) == Page()
        await fill(index, *(stored(f"{n}-{v}", document_id=f"d{n}", version=v) for n in range(9) for v in (1, 2)))
        met: set[tuple[str, int]] = set()
        pages, after = 0, None
        while pages == 0 or after is not None:
            page = await index.page(COLLECTION, after, 4)
            assert len(page.versions) <= 4
            met, after, pages = met | page.versions, page.next, pages + 1
        assert pages == 5
        assert met == {(f"d{n}", v) for n in range(9) for v in (1, 2)}

    async def test_a_walk_survives_the_removal_of_what_it_has_met(self, index: VectorIndex) -> None:
        await fill(index, *(stored(f"{n}", document_id=f"d{n}") for n in range(10)))
        met: set[tuple[str, int]] = set()
        page = await index.page(COLLECTION, None, 3)
        while True:
            met |= page.versions
            for document_id, version in page.versions:
                await index.delete(COLLECTION, document_id, version)
            if page.next is None:
                break
            page = await index.page(COLLECTION, page.next, 3)
        assert met == {(f"d{n}", 1) for n in range(10)}
        assert await index.chunks(COLLECTION) == []

    async def test_held_counts_chunks_and_says_when_all_of_them_are_seen(self, index: VectorIndex) -> None:
        assert await index.held(COLLECTION, ["many"]) == []
        many = [stored(f"m{n}", document_id="many", born=n % 3, died=NEVER - n % 5) for n in range(2500)]
        await fill(index, *many, stored("1", born=2), stored("2", version=2, born=NEVER), stored("x", document_id="x"))
        held = await index.held(COLLECTION, ["many", "document", "unknown"])
        assert sorted(held, key=lambda one: (one.document_id, one.version)) == [
            HeldVersion("document", 1, 1, 2, NEVER),
            HeldVersion("document", 2, 1, NEVER, NEVER),
            HeldVersion("many", 1, 2500, 2, NEVER - 4),
        ]

    # filters

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
            _agree(legs.dense, await index.dense(COLLECTION, vector, EVERYONE, 3, where))
            _agree(legs.sparse, await index.sparse(COLLECTION, terms, EVERYONE, 3, where))

    # ranking

    async def test_hits_come_best_first_and_no_more_than_the_limit(self, index: VectorIndex) -> None:
        await index.upsert(COLLECTION, corpus())
        for limit in (1, 3, 1000):
            for question in QUESTIONS:
                dense = await index.dense(COLLECTION, vector_of(question), EVERYONE, limit)
                sparse = await index.sparse(COLLECTION, encode_query(question), EVERYONE, limit)
                for hits in (dense, sparse):
                    scores = [hit.score for hit in hits]
                    assert scores == sorted(scores, reverse=True)
                    assert len(hits) <= limit
                assert len(dense) == min(limit, len(PASSAGES))
                assert all(-1.001 <= hit.score <= 1.001 for hit in dense)
                assert all(hit.score > 0 for hit in sparse)

    async def test_a_text_is_nearest_to_itself(self, index: VectorIndex) -> None:
        await index.upsert(COLLECTION, corpus())
        for passage in PASSAGES:
            [best] = await index.dense(COLLECTION, vector_of(passage), EVERYONE, 1)
            assert best.chunk.text == passage
            assert best.score == pytest.approx(1, abs=1e-3)

    async def test_the_sparse_leg_wants_a_common_term(self, index: VectorIndex) -> None:
        await index.upsert(COLLECTION, corpus())
        assert await index.sparse(COLLECTION, encode_query("zyzzyva"), EVERYONE, 5) == []
        assert await index.sparse(COLLECTION, encode_query("the of and"), EVERYONE, 5) == []
        await fill(index, stored("stop words only", "the of and"))
        assert len(await index.dense(COLLECTION, vector_of("the of and"), EVERYONE, 1)) == 1

    async def test_both_legs_rank_and_score_as_the_exact_index_does(self, index: VectorIndex) -> None:
        oracle = InMemoryVectorIndex()
        for one in (index, oracle):
            await one.upsert(COLLECTION, corpus())
            await one.delete(COLLECTION, "d2")
            await one.set_life(COLLECTION, "d3", 1, died=2)
        for question in QUESTIONS:
            vector, terms = vector_of(question), encode_query(question)
            _agree(
                await index.dense(COLLECTION, vector, EVERYONE, 10),
                await oracle.dense(COLLECTION, vector, EVERYONE, 10),
            )
            _agree(
                await index.sparse(COLLECTION, terms, EVERYONE, 10),
                await oracle.sparse(COLLECTION, terms, EVERYONE, 10),
            )

    # many at once

    async def test_reads_and_writes_at_the_same_time_do_not_disturb_each_other(self, index: VectorIndex) -> None:
        await fill(index, stored("steady"))

        async def write(document: str) -> None:
            for version in range(3):
                await fill(index, stored(f"{document}{version}", document_id=document, version=version, born=NEVER))
                await index.set_life(COLLECTION, document, version, born=1)
                await index.delete(COLLECTION, document, version)

        async def read() -> None:
            for _ in range(10):
                assert "steady" in await found_by_either(index)

        await asyncio.gather(*(write(f"w{n}") for n in range(5)), *(read() for _ in range(5)))
        assert await found(index) == {"steady"}


async def found_by_either(index: VectorIndex) -> set[str]:
    dense = await index.dense(COLLECTION, vector_of("quick fox"), EVERYONE, 100)
    sparse = await index.sparse(COLLECTION, encode_query("quick fox"), EVERYONE, 100)
    return _ids(dense) & _ids(sparse)


def _agree(hits: Sequence[Hit], exact: Sequence[Hit]) -> None:
    """The same scores in order, and the same chunks but for those of equal score at the cut."""
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in exact], abs=2e-3)
    last = exact[-1].score if exact else 0.0
    clear = {hit.chunk.chunk_id for hit in exact if hit.score > last + 4e-3}
    assert clear <= _ids(hits)
