"""Reading an upload: a multipart form whose size is bounded while it comes in."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import checked_acl
from ragstone_contracts.errors import TooLarge
from ragstone_gateway.errors import InvalidForm

_CHUNK = 256 * 1024
_FORM_OVERHEAD = 64 * 1024


@asynccontextmanager
async def read_upload(request: Request, max_mb: int) -> AsyncIterator[Upload]:
    """The upload a form holds. Raises TooLarge over ``max_mb`` megabytes and InvalidForm for anything malformed."""
    limit = max_mb * 1024 * 1024 + _FORM_OVERHEAD
    too_large = TooLarge(f"an upload may have {max_mb} MB")
    if int(request.headers.get("content-length", "0")) > limit:
        raise too_large
    bounded = Request(request.scope, _bounded(request, limit, too_large))
    async with bounded.form(max_files=1, max_fields=10) as form:
        yield _upload_of(form)


def _bounded(request: Request, limit: int, error: TooLarge) -> Any:
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise error
        return message

    return receive


def _upload_of(form: FormData) -> Upload:
    file, collection = form.get("file"), form.get("collection")
    if not isinstance(file, UploadFile) or not file.filename:
        raise InvalidForm("the form needs a part 'file' with a file name")
    if not isinstance(collection, str) or not collection:
        raise InvalidForm("the form needs a field 'collection'")
    return Upload(
        collection=collection,
        filename=file.filename,
        content=_pieces(file),
        media_type=file.content_type,
        acl=_acl(form.get("acl")),
        metadata=_metadata(form.get("metadata")),
    )


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_CHUNK):
        yield piece


def _acl(field: object) -> list[str] | None:
    """A JSON list, or principals separated by commas."""
    if not isinstance(field, str) or not field.strip():
        return None
    entries = _json("acl", field) if field.lstrip().startswith("[") else [part.strip() for part in field.split(",")]
    if not all(isinstance(entry, str) for entry in entries):
        raise InvalidForm("'acl' lists strings")
    try:
        return checked_acl(entries)
    except ValueError as error:
        raise InvalidForm(str(error)) from error


def _metadata(field: object) -> dict[str, Any]:
    if not isinstance(field, str) or not field.strip():
        return {}
    value = _json("metadata", field)
    if not isinstance(value, dict):
        raise InvalidForm("'metadata' is a JSON object")
    return value


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidForm(f"'{name}' is not valid JSON: {error}") from error
