"""What the endpoints are handed."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from starlette.requests import ClientDisconnect

from ragstone_contracts.documents import checked_acl
from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.uploads import Arrival
from ragstone_ingestion.waker import Waker

_LONGEST_NAME = 500


async def _ingestion(request: Request) -> Ingestion:
    ingestion: Ingestion = request.app.state.ingestion
    return ingestion


async def _waker(request: Request) -> Waker:
    waker: Waker = request.app.state.waker
    return waker


def known_id(name: str) -> str:
    """No stored name holds a NUL, and Postgres would not even look."""
    if "\x00" in name:
        raise NotFound("there is nothing of this name")
    return name


async def _document_id(document_id: str) -> str:
    return known_id(document_id)


async def _connector_id(connector_id: str) -> str:
    return known_id(connector_id)


async def _collection_in_path(collection: str) -> str:
    return known_id(collection)


async def _as_of(as_of: Annotated[str | None, Query(max_length=120)] = None) -> str | None:
    return None if as_of is None else known_id(as_of)


async def _collection_in_query(collection: Annotated[str, Query()]) -> str:
    return known_id(collection)


async def _arrival(
    request: Request,
    filename: Annotated[str, Query(min_length=1, max_length=_LONGEST_NAME)],
    media_type: Annotated[str | None, Query()] = None,
    x_ragstone_acl: Annotated[str | None, Header()] = None,
    x_ragstone_metadata: Annotated[str | None, Header()] = None,
) -> Arrival:
    if not filename.isprintable():
        raise InvalidRequest("a file name has no control characters")
    return Arrival(filename, _body(request), media_type, _acl(x_ragstone_acl), _metadata(x_ragstone_metadata))


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise InvalidRequest("the upload was broken off") from error


def _acl(header: str | None) -> list[str] | None:
    if header is None:
        return None
    entries = _json("x-ragstone-acl", header)
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise InvalidRequest("x-ragstone-acl is a JSON list of strings")
    try:
        return checked_acl(entries)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _metadata(header: str | None) -> dict[str, Any]:
    metadata = {} if header is None else _json("x-ragstone-metadata", header)
    if not isinstance(metadata, dict):
        raise InvalidRequest("x-ragstone-metadata is a JSON object")
    return metadata


def _json(name: str, text: str) -> Any:
    """A value that can be written as JSON again: no NaN, no half of a surrogate pair, no NUL."""
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"{name} is not valid JSON: {error}") from error
    if "\\u0000" in text:
        raise InvalidRequest(f"{name} holds a NUL character")
    return value


IngestionDependency = Annotated[Ingestion, Depends(_ingestion)]
WakerDependency = Annotated[Waker, Depends(_waker)]
DocumentId = Annotated[str, Depends(_document_id)]
ConnectorId = Annotated[str, Depends(_connector_id)]
CollectionInPath = Annotated[str, Depends(_collection_in_path)]
AsOf = Annotated[str | None, Depends(_as_of)]
CollectionInQuery = Annotated[str, Depends(_collection_in_query)]
ArrivalDependency = Annotated[Arrival, Depends(_arrival)]
