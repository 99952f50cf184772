"""The port every source is read through. A source says what it holds; what became of that is the sync's business."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ragstone_ingestion.connectors.access import Access
from ragstone_kit.egress import EgressFetcher


@dataclass(frozen=True)
class Item:
    """Something a source holds. ``key`` names it there for ever, ``filename`` is its path in the collection.

    Equal fingerprints mean equal content; None means that only fetching tells. ``skipped`` is the code of why it will
    not be fetched, with ``detail`` in words. Sizes are in bytes.
    """

    key: str
    filename: str
    source: str
    fingerprint: str | None = None
    size: int | None = None
    skipped: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Content:
    """The content of an item on its way in. ``metadata`` becomes the document's and must not change by itself."""

    chunks: AsyncIterator[bytes]
    fingerprint: str | None
    media_type: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class Source(Protocol):
    async def marker(self) -> str | None:
        """Stands for all the source holds: while it stays the same, nothing changed. None where there is none."""
        ...

    def items(self) -> AsyncIterator[Item]:
        """Everything the source holds. Raises SourceUnavailable or SourceRefused rather than leave something out."""
        ...

    def fetch(self, item: Item, known: str | None) -> AbstractAsyncContextManager[Content | None]:
        """The item's content, to be read inside; None when it is still the one of the fingerprint ``known``.

        Raises ItemGone, ItemSkipped, SourceUnavailable, or an error of the egress fetcher.
        """
        ...

    async def close(self) -> None:
        """Let go of whatever was opened or copied."""
        ...


@dataclass(frozen=True)
class SourceContext:
    """What a source of one tenant may use. ``max_bytes`` bounds one item, ``seconds`` one command or download."""

    tenant: str
    access: Access
    fetcher: EgressFetcher
    max_bytes: int
    seconds: float = 600.0
    max_source_bytes: int = 2 * 1024**3
    """Of what a source copies as a whole, such as a repository."""


SourceFactory = Callable[[dict[str, Any], SourceContext], Source]
"""Makes a source of its configuration without connecting to it.

Raises InvalidRequest, SourceRefused or EgressRefused for a configuration that can never work.
"""
