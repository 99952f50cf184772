"""Reading documents back: canonical text, places on pages, original bytes."""

from ragstone_contracts.documents import DocumentText, ParsedDocument, RangeLocations, ReadBoxes
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.identity import Identity
from ragstone_ingestion.document_store import DocumentStore, StoredVersion
from ragstone_ingestion.errors import NotReady
from ragstone_ingestion.locations import locate
from ragstone_ingestion.objects import ObjectStore


class Reading:
    def __init__(self, documents: DocumentStore, objects: ObjectStore) -> None:
        self._documents = documents
        self._objects = objects

    async def text(
        self, identity: Identity, document_id: str, version: int | None, start: int | None, end: int | None
    ) -> DocumentText:
        """A range of the canonical text, by default all of the active version.

        Raises InvalidRequest for a range outside the text, NotReady when there is no text yet.
        """
        if version is None:
            version = await self._active_version(identity, document_id)
        parsed = await self._parsed(await self._documents.version(identity, document_id, version))
        start, end = start or 0, len(parsed.text) if end is None else end
        _check_range(parsed, start, end)
        return DocumentText(text=parsed.text[start:end], start=start, end=end, version=version, length=len(parsed.text))

    async def locate(self, identity: Identity, document_id: str, wanted: ReadBoxes) -> RangeLocations:
        """The text, page and boxes of each range. Raises as :meth:`text` does."""
        parsed = await self._parsed(await self._documents.version(identity, document_id, wanted.version))
        for start, end in wanted.ranges:
            _check_range(parsed, start, end)
        return RangeLocations(locations=locate(parsed, wanted.ranges))

    async def newest(self, identity: Identity, document_id: str) -> StoredVersion:
        """The newest version, whose original bytes the object store has."""
        return await self._documents.version(identity, document_id, None)

    async def _active_version(self, identity: Identity, document_id: str) -> int:
        active = (await self._documents.get(identity, document_id)).active_version
        if active is None:
            raise NotReady("no version of the document is ready yet")
        return active

    async def _parsed(self, stored: StoredVersion) -> ParsedDocument:
        try:
            content = await self._objects.read(stored.parsed_key)
        except FileNotFoundError as error:
            raise NotReady(f"version {stored.version} has not been read yet") from error
        return ParsedDocument.model_validate_json(content)


def _check_range(parsed: ParsedDocument, start: int, end: int) -> None:
    if not 0 <= start <= end <= len(parsed.text):
        raise InvalidRequest(f"the range {start} to {end} is not within the {len(parsed.text)} characters of the text")
