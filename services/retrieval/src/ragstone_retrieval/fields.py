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

_VALUES = 2000
_MOST_KEPT = 512
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


@dataclass
class FieldCache:
    """Asks ingestion once for each caller and state of a collection."""

    ingestion: IngestionClient
    _kept: OrderedDict[tuple[object, ...], CollectionFields] = field(default_factory=OrderedDict)

    async def of(self, caller: Caller, collections: Sequence[Collection], *, closed: bool) -> KnownFields:
        """``closed`` is granted where every collection's fields are known and there is something in one of them."""
        found = await asyncio.gather(*(self._of_one(caller, collection) for collection in collections))
        known = {collection.id: one for collection, one in zip(collections, found, strict=True) if one is not None}
        complete = len(known) == len(collections) and all(one.complete for one in known.values())
        return KnownFields(known, closed and complete and any(one.documents for one in known.values()))

    async def _of_one(self, caller: Caller, collection: Collection) -> CollectionFields | None:
        identity = caller.identity
        state = (collection.sequence, collection.access_changes)
        key = (identity.tenant, frozenset(identity.principals), collection.id, *state)
        if key not in self._kept:
            try:
                asked = await self.ingestion.list_fields(caller, collection.id, values=_VALUES)
            except RagstoneError as error:
                if not is_outage(error) and error.status != NotFound.status:
                    raise
                _log.warning("search without the collection's fields", code=error.code)
                return None
            self._kept[key] = asked
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]
