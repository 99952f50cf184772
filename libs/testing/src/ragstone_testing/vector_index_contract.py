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
from dataclasses import replace

import numpy as np
import pytest

from ragstone_index import (
    NEVER,
    HeldVersion,
    IndexedChunk,
    InMemoryVectorIndex,
    Page,
    Parent,
    VectorIndex,
    Visibility,
    WrongDimension,
    encode_document,
    encode_query,
)
from ragstone_testing.passages import PASSAGES, QUESTIONS
from ragstone_testing.vector_index_filters import VectorIndexFilterContract
from ragstone_testing.vector_index_samples import (
    COLLECTION,
    EVERYONE,
    OTHER,
    agree,
    corpus,
    fill,
    found,
    found_by_either,
    indexed,
    stored,
    vector_of,
)


class VectorIndexContract(VectorIndexFilterContract):
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
            agree(
                await index.dense(COLLECTION, vector, EVERYONE, 10),
                await oracle.dense(COLLECTION, vector, EVERYONE, 10),
            )
            agree(
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
