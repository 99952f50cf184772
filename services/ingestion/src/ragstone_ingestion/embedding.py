"""Turning chunks into vectors through the model router."""

from collections.abc import Sequence

import numpy as np

from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import UpstreamError
from ragstone_contracts.identity import Identity
from ragstone_index.port import Vector
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.vector_cache import VectorCache, text_key
from ragstone_kit.identity import IdentityTokens

USER = "ingestion"
"""The user ingestion acts as towards other services, in the tenant whose document it works on."""


_LONGEST_PLACE = 300
_LONGEST_HEADING = 90


def embedded_text(document: ParsedDocument, title: str, chunk: Chunk) -> str:
    """What is embedded for a chunk, and searched for words: where it stands in the document, its context, its text."""
    lines = [_place(title, chunk), chunk.context, document.text[chunk.start : chunk.end]]
    return "\n".join(line for line in lines if line)


def _place(title: str, chunk: Chunk) -> str:
    """Title and headings within 300 characters; the first and the last say most and are kept.

    A token has a character at least, so a chunk of 200 tokens has room beside them in a window of 512.
    """
    parts = [_shortened(part) for part in dict.fromkeys([title, *chunk.headings])]
    while len(place := " > ".join(parts)) > _LONGEST_PLACE:
        del parts[1]
    return place


def _shortened(heading: str) -> str:
    return heading if len(heading) <= _LONGEST_HEADING else heading[: _LONGEST_HEADING - 1].rstrip() + "…"


class Embedding:
    """Embeds texts in batches, skipping those whose vector is known."""

    def __init__(
        self, router: RouterClient, tokens: IdentityTokens, cache: VectorCache, default_model: str, batch: int
    ) -> None:
        self._router = router
        self._tokens = tokens
        self._cache = cache
        self._default_model = default_model
        self._batch = batch

    async def embed(self, steps: Steps, texts: Sequence[str], model: str | None) -> list[Vector]:
        """A unit vector for each text, in order. Every batch is kept before the next one is asked for."""
        lease, model = steps.lease, model or self._default_model
        keys = [text_key(text) for text in texts]
        known = await self._cache.known(steps, model, keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        wanted = list(missing)
        steps.note("vectors", model=model, reused=len(known), embedded=len(wanted))
        for start in range(0, len(wanted), self._batch):
            batch = wanted[start : start + self._batch]
            async with steps.slot("embed"):
                new = await self._ask(lease.tenant, model, batch, [missing[key] for key in batch])
            known |= new
            async with self._cache.database.write() as connection:
                await self._cache.remember(connection, lease.document_id, lease.version, model, new)
                await steps.advance(connection, (start + len(batch)) / len(wanted))
        return [known[key] for key in keys]

    async def _ask(self, tenant: str, model: str, keys: Sequence[str], texts: Sequence[str]) -> dict[str, Vector]:
        caller = self._tokens.mint(Identity(tenant=tenant, user=USER))
        answer = await self._router.embed(caller, texts, model)
        if len(answer) != len(texts):
            raise UpstreamError(f"the embedder gave {len(answer)} vectors for {len(texts)} texts")
        return {key: np.asarray(vector, np.float32) for key, vector in zip(keys, answer, strict=True)}
