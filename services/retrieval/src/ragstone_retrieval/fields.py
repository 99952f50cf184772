"""What the searched collections can be filtered by, as far as the caller may see it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import NotFound, RagstoneError
from ragstone_contracts.fields import CollectionFields, Kind
from ragstone_kit.identity import Caller
from ragstone_kit.logs import get_logger
from ragstone_retrieval.errors import is_outage

BUILT_IN: Mapping[str, frozenset[Kind]] = {
    "title": frozenset({"text"}),
    "document_id": frozenset({"text"}),
    "position": frozenset({"number"}),
    "page": frozenset({"number"}),
    "section": frozenset({"text"}),
    "filename": frozenset({"text"}),
}
"""What every chunk can be found by, whatever is known about its document."""

NEVER_NAMED = frozenset(
    {
        *("title", "filename", "document_id", "position", "page", "language", "created", "modified", "published"),
        *("url", "uri", "path", "source", "id", "doc", "description", "summary", "subject", "mime_type", "encoding"),
    }
)
"""Fields whose values questions do not mean when they have the same words."""

_VALUES = 2000
_MOST_WEIGHT = 100_000
"""Values kept over all callers and collections: some 50 MB."""
_log = get_logger(__name__)


@dataclass(frozen=True)
class KnownFields:
    """The fields of the searched collections, by collection id; one whose fields could not be had is missing.

    ``closed`` says that there is no field but these: a name that is not among them is a mistake.
    """

    of: Mapping[str, CollectionFields] = field(default_factory=dict)
    closed: bool = False

    def kinds(self, name: str) -> set[Kind]:
        """What kinds of values a field has; empty when nothing is known of it."""
        own = {kind for fields in self.of.values() for one in fields.fields if one.name == name for kind in one.kinds}
        return own | BUILT_IN.get(name, frozenset())

    def nearest(self, name: str) -> list[str]:
        """The known names most like one that is not known."""
        names = BUILT_IN.keys() | {one.name for fields in self.of.values() for one in fields.fields}
        return get_close_matches(name[:100], sorted(names), n=3, cutoff=0.5)


State = tuple[int, int]
"""What a collection's fields depend on besides the caller: its sequence, and how often access to it changed."""


@dataclass
class FieldCache:
    """Asks ingestion once for each caller and state of a collection. ``_kept`` has what was used last at its end."""

    ingestion: IngestionClient
    _kept: OrderedDict[tuple[object, ...], tuple[State, CollectionFields]] = field(default_factory=OrderedDict)
    _weight: int = 0

    async def of(self, caller: Caller, collections: Sequence[Collection], *, closed: bool) -> KnownFields:
        """``closed`` is granted where every collection's fields are known and there is something in one of them."""
        found = await asyncio.gather(*(self._of_one(caller, collection) for collection in collections))
        known = {collection.id: one for collection, one in zip(collections, found, strict=True) if one is not None}
        complete = len(known) == len(collections) and all(one.complete for one in known.values())
        return KnownFields(known, closed and complete and any(one.documents for one in known.values()))

    async def _of_one(self, caller: Caller, collection: Collection) -> CollectionFields | None:
        identity = caller.identity
        key = (identity.tenant, frozenset(identity.principals), collection.id)
        state = (collection.sequence, collection.access_changes)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            self._kept.move_to_end(key)
            return kept[1]
        try:
            fields = _trimmed(await self.ingestion.list_fields(caller, collection.id, values=_VALUES))
        except RagstoneError as error:
            if not is_outage(error) and error.status != NotFound.status:
                raise
            _log.warning("search without the collection's fields", code=error.code)
            return None
        self._keep(key, state, fields)
        return fields

    def _keep(self, key: tuple[object, ...], state: State, fields: CollectionFields) -> None:
        """An earlier state is forgotten, and so is what was not used for longest while there is too much."""
        if (before := self._kept.pop(key, None)) is not None:
            self._weight -= _weight(before[1])
        self._kept[key] = (state, fields)
        self._weight += _weight(fields)
        while self._weight > _MOST_WEIGHT and len(self._kept) > 1:
            self._weight -= _weight(self._kept.popitem(last=False)[1][1])


def _trimmed(fields: CollectionFields) -> CollectionFields:
    """Without the values that nobody names in a question; they are the most."""
    kept = [one.model_copy(update={"values": []}) if one.name in NEVER_NAMED else one for one in fields.fields]
    return fields.model_copy(update={"fields": kept})


def _weight(fields: CollectionFields) -> int:
    return 10 + sum(1 + len(one.values) for one in fields.fields)
