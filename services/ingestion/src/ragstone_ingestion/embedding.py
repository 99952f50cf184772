"""Turning chunks into vectors through the model router."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import UpstreamError
from ragstone_contracts.identity import Identity
from ragstone_index.port import Vector
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.jobs import Lease, Priority
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.vector_cache import Kept, VectorCache, text_key
from ragstone_kit.identity import IdentityTokens

USER = "ingestion"
"""The user ingestion acts as towards other services, in the tenant whose document it works on."""


_FEW = 8
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
        self.default_model = default_model
        self._batch = batch

    async def embed(self, steps: Steps, texts: Sequence[str], model: str | None) -> list[Vector]:
        """A unit vector for each text, in order. Every batch is kept before the next one is asked for."""
        lease, model = steps.lease, model or self.default_model
        keys = [text_key(text) for text in texts]
        known = await self._cache.known(steps, model, keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        steps.note("vectors", model=model, reused=len(known), embedded=len(missing))
        async for new in self._batches(steps, missing, model):
            known |= new
            async with self._cache.database.write() as connection:
                await self._cache.remember(connection, lease.document_id, lease.version, model, new)
                await steps.advance(connection, 1 - len(missing.keys() - known) / len(missing))
        return [known[key] for key in keys]

    async def embed_all(
        self, steps: Steps, texts: Sequence[str], model: str | None, reusing: Collection[str] = ()
    ) -> list[Vector]:
        """A unit vector for each text, in order; nothing is kept, and only what is known of some documents reused."""
        keys = [text_key(text) for text in texts]
        found = await self._cache.of_documents(model or self.default_model, reusing)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        async for new in self._batches(steps, missing, model or self.default_model):
            found |= new
        return [found[key] for key in keys]

    async def keep(self, connection: AsyncConnection, kept: Sequence[Kept], model: str | None) -> None:
        """Keep the vectors of versions for those to come."""
        await self._cache.remember_all(connection, model or self.default_model, kept)

    async def probe(self, identity: Identity, model: str | None) -> None:
        """Returns when the model embeds; raises what it answers instead."""
        await self._router.embed(self._tokens.mint(identity), ["a stone"], model or self.default_model)

    async def _batches(self, steps: Steps, texts: Mapping[str, str], model: str) -> AsyncIterator[dict[str, Vector]]:
        keys = list(texts)
        for start in range(0, len(keys), self._batch):
            batch = keys[start : start + self._batch]
            async with steps.slot("embed"):
                vectors = await self._ask(steps.lease, model, [texts[key] for key in batch])
            new = dict(zip(batch, vectors, strict=True))
            yield new

    async def _ask(self, lease: Lease, model: str, texts: Sequence[str]) -> list[Vector]:
        caller = self._tokens.mint(Identity(tenant=lease.tenant, user=USER))
        # A call with a single text goes before the pieces of larger ones: nobody's few wait for another's many.
        in_a_hurry = lease.priority is Priority.INTERACTIVE and len(texts) <= _FEW
        calls = [[text] for text in texts] if in_a_hurry else [texts]
        answers = await asyncio.gather(*(self._router.embed(caller, call, model) for call in calls))
        answer = [vector for one in answers for vector in one]
        if len(answer) != len(texts):
            raise UpstreamError(f"the embedder gave {len(answer)} vectors for {len(texts)} texts")
        return [np.asarray(vector, np.float32) for vector in answer]
