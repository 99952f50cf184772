"""A Qdrant server as a VectorIndex. Needs the extra ``cluster``."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_URL, uuid5

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from ragstone_contracts.errors import Unavailable, UpstreamError
from ragstone_index.errors import WrongDimension
from ragstone_index.filters import Where
from ragstone_index.payload import (
    DENSE,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    LIFE_FIELDS,
    SPARSE,
    from_payload,
    life_of,
    point_id,
    to_payload,
)
from ragstone_index.port import (
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    Page,
    SparseVector,
    StoredChunk,
    Vector,
    Visibility,
    summarize,
)
from ragstone_index.qdrant_filters import any_of, equals, of_document, visible
from ragstone_index.qdrant_settings import QdrantSettings, read_settings

_BATCH = 256
"""Points a request, some 2 MB of JSON; a server refuses bodies over 32 MB."""
_PAGE = 1000
_ID = "ragstone_collection"
"""Under this key a collection's metadata has its id, and that it is one of ours."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}")


class QdrantServerIndex:
    """One Qdrant collection per collection. ``url`` ``:memory:`` is the client's own engine, for tests.

    Connects on first use. The server keeps the chunks of a tenant together. Searches ask for document frequencies of
    one tenant, which older servers do not know: run one at least as new as the client.
    """

    def __init__(self, url: str, api_key: str | None = None, settings: QdrantSettings = QdrantSettings()) -> None:
        self._client = AsyncQdrantClient(url, api_key=api_key, timeout=settings.timeout, check_compatibility=False)
        self._settings = settings
        self._dimensions: dict[str, int] = {}

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        if not chunks:
            return
        with _errors_translated():
            dimensions = await self._find(collection) or await self._create(collection, len(chunks[0].dense))
            for one in chunks:
                _check(one.dense, dimensions)
            for first in range(0, len(chunks), _BATCH):
                points = [_point(one) for one in chunks[first : first + _BATCH]]
                await self._client.upsert(_name(collection), points, wait=True)

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        with _errors_translated():
            if (dimensions := await self._find(collection)) is None:
                return []
            _check(vector, dimensions)
            [answer] = await self._client.query_batch_points(
                _name(collection), [self._nearest(vector, visibility, limit, where)]
            )
        return _hits(answer)

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        with _errors_translated():
            if await self._find(collection) is None or not vector.indices:
                return []
            [answer] = await self._client.query_batch_points(
                _name(collection), [_best(vector, visibility, limit, where)]
            )
        return _hits(answer)

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        dense, sparse = vectors
        with _errors_translated():
            if (dimensions := await self._find(collection)) is None:
                return HybridHits([], [])
            _check(dense, dimensions)
            legs = [self._nearest(dense, visibility, limit, where), _best(sparse, visibility, limit, where)]
            answers = await self._client.query_batch_points(_name(collection), legs[: 2 if sparse.indices else 1])
        return HybridHits(_hits(answers[0]), _hits(answers[1]) if sparse.indices else [])

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        with _errors_translated():
            if await self._find(collection) is None:
                return []
            records, _ = await self._client.scroll(_name(collection), visible(visibility, where), limit=limit)
        return [from_payload(record.payload or {}) for record in records]

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        with _errors_translated():
            if await self._find(collection) is None:
                return 0
            return (await self._client.count(_name(collection), visible(visibility, where), exact=True)).count

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        with _errors_translated():
            if await self._find(collection) is not None:
                of_it = of_document(document_id, None)
                await self._client.set_payload(_name(collection), {"acl": list(acl)}, of_it, wait=True)

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        life = {name: value for name, value in (("born", born), ("died", died)) if value is not None}
        with _errors_translated():
            if life and await self._find(collection) is not None:
                await self._client.set_payload(_name(collection), life, of_document(document_id, version), wait=True)

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        with _errors_translated():
            if await self._find(collection) is not None:
                selector = models.FilterSelector(filter=of_document(document_id, version))
                await self._client.delete(_name(collection), selector, wait=True)

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        found: list[StoredChunk] = []
        with _errors_translated():
            if await self._find(collection) is None:
                return found
            offset = None
            while True:
                records, offset = await self._client.scroll(
                    _name(collection), of_document(document_id, version), limit=_PAGE, offset=offset
                )
                found += [from_payload(record.payload or {}) for record in records]
                if offset is None:
                    return found

    async def drop(self, collection: str) -> None:
        self._dimensions.pop(collection, None)
        with _errors_translated():
            await self._client.delete_collection(_name(collection))

    async def collections(self) -> list[str]:
        """Those made by this adapter, which says so in their metadata; the server may hold others' too."""
        with _errors_translated():
            names = [one.name for one in (await self._client.get_collections()).collections]
            found = [(await self._client.get_collection(name)).config.metadata or {} for name in names]
        return [metadata[_ID] for metadata in found if _ID in metadata]

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        with _errors_translated():
            if await self._find(collection) is None:
                return Page()
            records, offset = await self._client.scroll(
                _name(collection), limit=limit, offset=after, with_payload=["document_id", "version"]
            )
        payloads = [record.payload or {} for record in records]
        versions = frozenset((payload["document_id"], payload["version"]) for payload in payloads)
        return Page(versions, None if offset is None else str(offset))

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        these = models.Filter(must=[any_of("document_id", document_ids)])
        lives: list[tuple[str, int, int, int]] = []
        with _errors_translated():
            if await self._find(collection) is None:
                return []
            offset = None
            while True:
                records, offset = await self._client.scroll(
                    _name(collection), these, limit=_PAGE, offset=offset, with_payload=list(LIFE_FIELDS)
                )
                lives += [life_of(record.payload or {}) for record in records]
                if offset is None:
                    return summarize(lives)

    async def ping(self) -> None:
        with _errors_translated():
            await self._client.get_collections()

    async def close(self) -> None:
        await self._client.close()

    async def _find(self, collection: str) -> int | None:
        """The dimensions of the collection, or None when there is none; asked of the server once."""
        if collection not in self._dimensions:
            name = _name(collection)
            if not await self._client.collection_exists(name):
                return None
            vectors = (await self._client.get_collection(name)).config.params.vectors
            assert isinstance(vectors, dict)
            self._dimensions[collection] = vectors[DENSE].size
        return self._dimensions[collection]

    async def _create(self, collection: str, dimensions: int) -> int:
        name = _name(collection)
        try:
            await self._client.create_collection(
                name,
                vectors_config={DENSE: models.VectorParams(size=dimensions, distance=models.Distance.COSINE)},
                sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
                metadata={_ID: collection},
                **self._settings.layout(),
            )
        except UnexpectedResponse as error:
            if error.status_code != 409:  # another worker was first
                raise
        for field in KEYWORD_FIELDS:
            keyword = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=field == "tenant")
            await self._client.create_payload_index(name, field, keyword, wait=True)
        for field in INTEGER_FIELDS:
            await self._client.create_payload_index(name, field, models.PayloadSchemaType.INTEGER, wait=True)
        return await self._find(collection) or dimensions

    def _nearest(self, vector: Vector, visibility: Visibility, limit: int, where: Where | None) -> models.QueryRequest:
        return models.QueryRequest(
            query=models.NearestQuery(nearest=vector.tolist()),
            using=DENSE,
            filter=visible(visibility, where),
            params=self._settings.walk(),
            limit=limit,
            with_payload=True,
        )


def open_server(url: str, api_key: str | None) -> QdrantServerIndex:
    """For ``http:`` and ``https:``; the URL's query may have :class:`QdrantSettings`."""
    address, settings = read_settings(url)
    return QdrantServerIndex(address, api_key, settings)


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except ResourceExhaustedResponse as error:
        raise Unavailable("the vector server is overloaded", retry_after=error.retry_after_s) from error
    except UnexpectedResponse as error:
        if (error.status_code or 500) >= 500:
            raise Unavailable(f"the vector server failed: {error.reason_phrase}") from error
        raise UpstreamError(f"the vector server refused: {error.content[:300].decode(errors='replace')}") from error
    except ApiException as error:
        raise Unavailable(f"the vector server does not answer: {error}") from error


def _name(collection: str) -> str:
    """The collection's id where a server takes it as a name, else a UUID made from it."""
    return collection if _PLAIN_NAME.fullmatch(collection) else str(uuid5(NAMESPACE_URL, collection))


def _check(vector: Vector, dimensions: int) -> None:
    if len(vector) != dimensions:
        raise WrongDimension(f"the collection holds {dimensions} dimensions, not {len(vector)}")


def _point(one: IndexedChunk) -> models.PointStruct:
    sparse = models.SparseVector(indices=list(one.sparse.indices), values=list(one.sparse.values))
    vectors = {DENSE: one.dense.tolist(), SPARSE: sparse}
    return models.PointStruct(id=point_id(one.chunk.chunk_id), vector=vectors, payload=to_payload(one.chunk))


def _hits(answer: models.QueryResponse) -> list[Hit]:
    return [Hit(from_payload(point.payload or {}), point.score) for point in answer.points]


def _best(vector: SparseVector, visibility: Visibility, limit: int, where: Where | None) -> models.QueryRequest:
    # Document frequencies of this tenant alone: another's texts must not show in the scores.
    tenant = models.Filter(must=[equals("tenant", visibility.tenant)])
    terms = models.SparseVector(indices=list(vector.indices), values=list(vector.values))
    return models.QueryRequest(
        query=models.NearestQuery(nearest=terms),
        using=SPARSE,
        filter=visible(visibility, where),
        params=models.SearchParams(idf=models.IdfCorpusParams(corpus=tenant)),
        limit=limit,
        with_payload=True,
    )
