"""A sync: list the source, take what is new or changed, delete what is gone. It may be broken off at any point."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.connectors import ItemState, SyncFilters, SyncRequest, SyncResult
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import NotFound, RagstoneError, TooLarge
from ragstone_contracts.identity import Identity
from ragstone_ingestion.connectors.errors import ItemGone, ItemSkipped
from ragstone_ingestion.connectors.item_rows import Known, Outcome, drop_item, known_items, row_key, write_item
from ragstone_ingestion.connectors.port import Content, Item, Source
from ragstone_ingestion.deletion import Deletion
from ragstone_ingestion.errors import DocumentRejected, FilenameTaken, LeaseLost
from ragstone_ingestion.jobs import Clock, Lease
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import connectors
from ragstone_ingestion.uploads import Arrival, Uploads
from ragstone_kit.egress import EgressRefused

_LONGEST_NAME = 500
_SKIPPED = (DocumentRejected, FilenameTaken, TooLarge, EgressRefused, ItemSkipped)
"""Errors that an item keeps as long as it does not change."""
_LISTING, _READING, _DELETING = 0.0, 0.1, 0.9


@dataclass
class Run:
    """One attempt at a sync, and what it counted."""

    lease: Lease
    connector: Row[Any]
    collection: Collection
    source: Source
    result: SyncResult
    max_bytes: int

    @property
    def filters(self) -> SyncFilters:
        return SyncFilters.model_validate(self.connector.filters)

    @property
    def asked(self) -> SyncRequest:
        return SyncRequest.model_validate(self.connector.asked)

    def stands_at(self, step: str, begins: float, ends: float, part: float) -> None:
        self.lease.journal.step, self.lease.journal.progress = step, begins + (ends - begins) * part


class Sync:
    """Brings documents in step with a source, as the user who set the connector up."""

    def __init__(self, stores: Stores, uploads: Uploads, deletion: Deletion, clock: Clock) -> None:
        self._stores = stores
        self._uploads = uploads
        self._deletion = deletion
        self._clock = clock

    async def run(self, run: Run) -> str | None:
        """Counts into ``run.result`` and returns the marker to remember, None while something is left undone.

        Raises what the source raises when it cannot be listed, or what an upload raises with ``retry_after`` while the
        queues are full. In both cases nothing was deleted.
        """
        async with self._stores.database.read() as connection:
            known = await known_items(connection, run.connector.id)
        marker = await run.source.marker()
        if marker is not None and marker == run.connector.marker and _is_at_rest(run, known):
            run.result.listed = len(known)
            for item in known.values():
                _leave(run, item)
            return marker
        listed = await self._list(run)
        gone = await self._take_all(run, listed, known)
        await self._delete_gone(run, known, {row_key(item.key) for item in listed} - gone)
        complete = not (run.result.failed or run.result.held_back or run.result.truncated)
        return marker if complete else None

    async def _list(self, run: Run) -> list[Item]:
        run.stands_at("list", _LISTING, _LISTING, 0)
        listed: dict[str, Item] = {}
        names: set[str] = set()
        async for item in run.source.items():
            if not _is_wanted(item.filename, run.filters):
                continue
            if len(listed) == run.filters.max_items:
                run.result.truncated = True
                break
            listed.setdefault(item.key, _named_once(item, names))
        run.result.listed = len(listed)
        return list(listed.values())

    async def _take_all(self, run: Run, listed: Sequence[Item], known: dict[str, Known]) -> set[str]:
        """Returns the stored keys of listed items that turned out to be gone."""
        gone: set[str] = set()
        for number, item in enumerate(listed):
            run.stands_at("read", _READING, _DELETING, number / len(listed))
            before = known.get(row_key(item.key))
            if not await self._take(run, item, before):
                gone.add(row_key(item.key))
        return gone

    async def _take(self, run: Run, item: Item, before: Known | None) -> bool:
        """Bring one item in; False when it is gone."""
        fingerprint = None
        if before is not None and before.is_settled and not run.asked.full:
            fingerprint = before.fingerprint
        if item.skipped is None and fingerprint is not None and item.fingerprint == fingerprint:
            return _leave(run, before)
        try:
            outcome = await self._outcome(run, item, fingerprint)
        except ItemGone:
            return False
        if outcome is None:
            return _leave(run, before)
        if before is not None and outcome.document_id is None:
            # What it was before is kept, until it is gone or can be taken again.
            outcome = replace(outcome, document_id=before.document_id, version=before.version)
        _count(run, outcome, before)
        async with self._stores.database.write() as connection:
            await write_item(connection, run.connector.id, item, outcome, is_new=before is None, now=self._clock())
            await self._write_result(connection, run)
        return True

    async def _outcome(self, run: Run, item: Item, known: str | None) -> Outcome | None:
        """What became of an item that may have changed; None if it has not. Raises ItemGone."""
        try:
            if item.skipped is not None:
                raise ItemSkipped(item.skipped, item.detail)
            if item.size is not None and item.size > run.max_bytes:
                raise TooLarge(f"the item has {item.size} bytes; {run.max_bytes} are taken")
            return await self._transferred(run, item, known)
        except ItemGone:
            raise
        except _SKIPPED as error:
            return Outcome(ItemState.SKIPPED, item.fingerprint, code=error.code, detail=error.detail)
        except (LeaseLost, NotFound):
            raise  # the collection went, or this sync is somebody else's by now
        except RagstoneError as error:
            if error.retry_after is not None:
                raise  # the queue is full: the whole sync comes again later
            return Outcome(ItemState.FAILED, code=error.code, detail=error.detail)

    async def _transferred(self, run: Run, item: Item, known: str | None) -> Outcome | None:
        filename = f"{run.connector.name}/{item.filename}"
        if len(filename) > _LONGEST_NAME or not filename.isprintable():
            raise ItemSkipped("unusable_name", "the name is too long or holds control characters")
        async with run.source.fetch(item, known) as content:
            if content is None:
                return None
            arrival = Arrival(
                filename,
                _bounded(content, run.max_bytes),
                content.media_type,
                metadata=content.metadata | {"connector": run.connector.name},
                first_acl=run.connector.acl,
            )
            try:
                accepted = await self._uploads.take(owner_of(run.connector), run.collection, arrival)
            except _SKIPPED as error:
                # With the fingerprint that only fetching told, so that it is not fetched again until it changes.
                return Outcome(ItemState.SKIPPED, content.fingerprint, code=error.code, detail=error.detail)
        return Outcome(ItemState.TAKEN, content.fingerprint, accepted.document_id, accepted.version)

    async def _delete_gone(self, run: Run, known: dict[str, Known], here: set[str]) -> None:
        """Delete what a complete list does not hold any more, unless that is suspiciously much."""
        if run.result.truncated:
            return
        gone = [item for key, item in known.items() if key not in here]
        victims = [item for item in gone if item.document_id is not None]
        documents = sum(item.document_id is not None for item in known.values())
        if len(victims) > run.filters.delete_share * documents and not run.asked.confirm_deletions:
            run.result.held_back = len(victims)
            return
        for number, item in enumerate(gone):
            run.stands_at("delete", _DELETING, 1.0, number / len(gone))
            await self._delete(run, item)

    async def _delete(self, run: Run, item: Known) -> None:
        if item.document_id is not None:
            await self.delete_document(owner_of(run.connector), item.document_id)
            run.result.deleted += 1
        async with self._stores.database.write() as connection:
            await drop_item(connection, run.connector.id, item.key)
            await self._write_result(connection, run)

    async def delete_document(self, identity: Identity, document_id: str) -> None:
        """Delete a document of a source; one that somebody else deleted before is fine."""
        try:
            await self._deletion.request(identity, document_id)
        except NotFound:
            return

    async def _write_result(self, connection: AsyncConnection, run: Run) -> None:
        """What was counted so far, as long as the sync is still ours."""
        this = connectors.c.id == run.connector.id
        await connection.execute(update(connectors).where(this).values(result=run.result.model_dump()))
        await self._stores.jobs.write(connection, run.lease, {})


def owner_of(connector: Row[Any]) -> Identity:
    """Whoever set the connector up: it takes and deletes documents as this user."""
    return Identity(tenant=connector.tenant, user=connector.owner["user"], groups=connector.owner["groups"])


def _is_at_rest(run: Run, known: dict[str, Known]) -> bool:
    asked = run.asked
    return not asked.full and not asked.confirm_deletions and all(item.is_settled for item in known.values())


def _is_wanted(filename: str, filters: SyncFilters) -> bool:
    included = not filters.include or any(fnmatchcase(filename, glob) for glob in filters.include)
    return included and not any(fnmatchcase(filename, glob) for glob in filters.exclude)


def _named_once(item: Item, names: set[str]) -> Item:
    """The item, skipped when another one has its name: they would take turns in one document."""
    if item.skipped is None and item.filename in names:
        return replace(item, skipped="same_name", detail="another item of the source has this name")
    names.add(item.filename)
    return item


def _leave(run: Run, before: Known | None) -> bool:
    """Count an item that is as it was."""
    if before is not None and before.state is ItemState.SKIPPED:
        run.result.skipped += 1
        _give_reason(run, before.code)
    else:
        run.result.unchanged += 1
    return True


def _give_reason(run: Run, code: str | None) -> None:
    if code is not None:
        run.result.reasons[code] = run.result.reasons.get(code, 0) + 1


def _count(run: Run, outcome: Outcome, before: Known | None) -> None:
    result = run.result
    _give_reason(run, outcome.code)
    if outcome.state is ItemState.SKIPPED:
        result.skipped += 1
    elif outcome.state is ItemState.FAILED:
        result.failed += 1
    elif before is None or before.document_id != outcome.document_id:
        result.added += 1
    elif before.version != outcome.version:
        result.changed += 1
    else:
        result.unchanged += 1


async def _bounded(content: Content, max_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in content.chunks:
        size += len(piece)
        if size > max_bytes:
            raise TooLarge(f"the item has more than {max_bytes} bytes")
        yield piece
