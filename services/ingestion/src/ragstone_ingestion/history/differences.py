"""What changed in a collection from one state to another: its documents, and the chunks in them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from sqlalchemy import select

from ragstone_contracts.history import Change, ChangeCounts, ChunkChange, CollectionDiff, DocumentChange
from ragstone_contracts.identity import Identity
from ragstone_index import StoredChunk
from ragstone_ingestion.history.lives import VERSIONS, seen_at
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, versions
from ragstone_ingestion.visibility import admitted

_MOST_CHUNKS = 20
_EXCERPT = 500


@dataclass(frozen=True)
class _Version:
    document_id: str
    filename: str
    version: int
    content: tuple[str, str]
    """What makes two versions the same: their bytes, and how they were read."""


@dataclass(frozen=True)
class _Pair:
    """A document in both states; one of the two may be missing."""

    before: _Version | None
    after: _Version | None

    @property
    def known(self) -> _Version:
        one = self.after or self.before
        assert one is not None, "a pair has at least one"
        return one

    @property
    def change(self) -> Change | None:
        if self.before is None:
            return Change.ADDED
        if self.after is None:
            return Change.REMOVED
        return None if self.before.content == self.after.content else Change.CHANGED


class Differences:
    """``changes`` of a document lists up to 20 of its chunks, with excerpts of 500 characters."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def between(
        self, identity: Identity, collection_id: str, sequences: tuple[int, int], limit: int
    ) -> CollectionDiff:
        """From the first sequence to the second, in documents that the identity may see today, by file name."""
        before, after = [await self._versions(identity, collection_id, sequence) for sequence in sequences]
        pairs = [_Pair(before.get(one), after.get(one)) for one in dict.fromkeys([*before, *after])]
        changed = sorted(
            ((pair.known.filename, pair.known.document_id, pair) for pair in pairs if pair.change is not None),
            key=lambda one: one[:2],
        )
        listed = [await self._document(collection_id, pair) for _, _, pair in changed[:limit]]
        return CollectionDiff(
            collection_id=collection_id,
            from_sequence=sequences[0],
            to_sequence=sequences[1],
            documents=_counted(pair.change for _, _, pair in changed),
            chunks=_summed(one.chunks for one in listed),
            listed=listed,
            truncated=len(changed) > limit,
        )

    async def _versions(self, identity: Identity, collection_id: str, sequence: int) -> dict[str, _Version]:
        admits = admitted(documents, identity, is_sqlite=self._stores.database.is_sqlite) & ~documents.c.erased
        columns = [documents.c.filename, versions.c.version, versions.c.sha256, versions.c.parsed_key]
        wanted = select(documents.c.id, *columns).select_from(VERSIONS)
        wanted = wanted.where(documents.c.collection_id == collection_id, admits, seen_at(sequence))
        async with self._stores.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row.id: _Version(row.id, row.filename, row.version, (row.sha256, row.parsed_key)) for row in rows}

    async def _document(self, collection_id: str, pair: _Pair) -> DocumentChange:
        before, after = [await self._chunks(collection_id, one) for one in (pair.before, pair.after)]
        changes = _compared(before, after)
        return DocumentChange(
            change=pair.change or Change.CHANGED,
            document_id=pair.known.document_id,
            filename=pair.known.filename,
            version_before=pair.before.version if pair.before else None,
            version_after=pair.after.version if pair.after else None,
            chunks=_counted(one.change for one in changes),
            changes=changes[:_MOST_CHUNKS],
        )

    async def _chunks(self, collection_id: str, version: _Version | None) -> list[StoredChunk]:
        if version is None:
            return []
        stored = await self._stores.index.chunks(collection_id, version.document_id, version.version)
        return sorted(stored, key=lambda chunk: (chunk.start, chunk.end))


def _compared(before: Sequence[StoredChunk], after: Sequence[StoredChunk]) -> list[ChunkChange]:
    """Chunks are the same when their texts are, wherever they stand; others at the same place have changed."""
    matcher = SequenceMatcher(None, [one.text for one in before], [one.text for one in after], autojunk=False)
    changes: list[ChunkChange] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            changes += [_chunk_change(old, new) for old, new in zip_longest(before[i1:i2], after[j1:j2])]
    return changes


def _chunk_change(old: StoredChunk | None, new: StoredChunk | None) -> ChunkChange:
    change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    return ChunkChange(
        change=change,
        before=None if old is None else (old.start, old.end),
        after=None if new is None else (new.start, new.end),
        text_before=None if old is None else old.text[:_EXCERPT],
        text_after=None if new is None else new.text[:_EXCERPT],
    )


def _counted(changes: Iterable[Change | None]) -> ChangeCounts:
    counts = Counter(changes)
    return ChangeCounts(added=counts[Change.ADDED], changed=counts[Change.CHANGED], removed=counts[Change.REMOVED])


def _summed(counts: Iterable[ChangeCounts]) -> ChangeCounts:
    total = ChangeCounts()
    for one in counts:
        total.added += one.added
        total.changed += one.changed
        total.removed += one.removed
    return total
