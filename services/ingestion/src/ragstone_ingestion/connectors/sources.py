"""Sources opened for a tenant, each with connections of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ragstone_ingestion.connectors.access import Access
from ragstone_ingestion.connectors.port import Source, SourceContext
from ragstone_ingestion.connectors.registry import open_source
from ragstone_kit.egress import EgressFetcher, EgressRules, Resolver, system_resolver


@dataclass(frozen=True)
class SourceSpec:
    """Which source: its kind and configuration, for a tenant, with items of at most ``max_bytes``."""

    kind: str
    config: dict[str, Any]
    tenant: str
    max_bytes: int | None = None


class Sources:
    """``resolver`` looks up the names of sources, in place of the system's."""

    def __init__(
        self, rules: EgressRules, access: Access, max_bytes: int, resolver: Resolver = system_resolver
    ) -> None:
        self._rules = rules
        self._resolver = resolver
        self._access = access
        self._max_bytes = max_bytes

    def check(self, spec: SourceSpec) -> None:
        """Whether it can be opened, as far as can be told without connecting. Raises as SourceFactory."""
        open_source(spec.kind, spec.config, self._context(spec, EgressFetcher(self._rules, self._resolver)))

    @asynccontextmanager
    async def open(self, spec: SourceSpec) -> AsyncIterator[Source]:
        fetcher = EgressFetcher(self._rules, self._resolver)
        try:
            source = open_source(spec.kind, spec.config, self._context(spec, fetcher))
            try:
                yield source
            finally:
                await source.close()
        finally:
            await fetcher.close()

    def item_limit(self, spec: SourceSpec) -> int:
        """Bytes that one item may have."""
        return self._max_bytes if spec.max_bytes is None else min(spec.max_bytes, self._max_bytes)

    def _context(self, spec: SourceSpec, fetcher: EgressFetcher) -> SourceContext:
        return SourceContext(spec.tenant, self._access, fetcher, self.item_limit(spec))
