"""Embedding or cutting a collection anew into a second index, while the first one answers."""

from enum import StrEnum
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from ragstone_contracts.documents import CollectionSettings, DocumentError
from ragstone_contracts.model import Wire


class ReindexSettings(Wire):
    """What of a collection's settings is to change; what is not named stays, ``null`` takes the deployment's default.

    Each is what it is in :class:`~ragstone_contracts.documents.CollectionSettings`.
    """

    embedder: str | None = None
    chunker: str | None = None
    chunk_tokens: int | None = Field(default=None, ge=32, le=2048)
    chunk_overlap: int | None = Field(default=None, ge=0, le=1024)
    parent_tokens: int | None = Field(default=None, ge=64, le=8192)
    window_sentences: int | None = Field(default=None, ge=1, le=10)

    @model_serializer(mode="wrap")
    def _only_what_is_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """On the wire, too, what is not named must not look like ``null``."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    def applied_to(self, settings: CollectionSettings) -> CollectionSettings:
        return settings.model_copy(update=self.model_dump(exclude_unset=True))


class NewReindex(Wire):
    """Without settings everything is made anew as it is."""

    settings: ReindexSettings = ReindexSettings()


class ReindexState(StrEnum):
    BUILDING = "building"
    """Every version is cut and embedded for the shadow index; what comes in meanwhile goes into both."""
    VERIFYING = "verifying"
    """The two are compared, and texts are looked for in both."""
    SWAPPING = "swapping"
    RETIRING = "retiring"
    """The new index answers; the old one waits for the last queries that began in it."""
    DONE = "done"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """No attempt is left. The old index answers; asking for the same again goes on where it stopped."""


class SampleReport(Wire):
    """Texts that were looked for in both indexes before the swap."""

    texts: int = 0
    found: int = 0
    """How many were found by themselves, in the shadow index, among the ten best of both of its legs."""
    agreement: float = Field(default=1.0, ge=0, le=1)
    """The mean part of the ten nearest documents that both indexes name."""


class Reindex(Wire):
    """Where a reindexing stands. ``index`` is the id of the index it builds; versions are of documents."""

    job_id: str
    collection: str
    collection_id: str
    state: ReindexState
    settings: CollectionSettings
    """The collection's settings from the swap on."""
    index: str
    progress: float = Field(ge=0, le=1)
    versions: int = 0
    """Document versions that the shadow index is to hold."""
    built: int = 0
    repaired: int = 0
    """Versions in which verifying found a difference, and that were made again."""
    sample: SampleReport | None = None
    eta_seconds: float | None = None
    """When it should be built, by the pace so far."""
    error: DocumentError | None = None
    started_at: float
    ended_at: float | None = None
