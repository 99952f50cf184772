"""Hands each document to the parser its collection asked for: on this machine, or at a vendor."""

import asyncio
from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.drafts import DocumentParser
from ragstone_ingestion.parsers.port import HostedParser
from ragstone_ingestion.parsers.registry import VendorSettings, check_parser, hosted_name, hosted_parser


class ParserDispatch:
    """A document leaves this machine only when its reading names a vendor; all others go to the ``local`` parser."""

    def __init__(self, local: DocumentParser, settings: VendorSettings) -> None:
        self._local = local
        self._settings = settings
        self._hosted: dict[str, HostedParser] = {}

    def check(self, parser: str | None) -> None:
        """Raises InvalidRequest for a parser that is not known, ParserMisconfigured for one that cannot be used."""
        check_parser(parser, self._settings)

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        """As every DocumentParser; the parser that is asked for stands behind the media type."""
        name = hosted_name(media_type)
        if name is None:
            return await self._local.parse(source, filename, media_type)
        if name not in self._hosted:
            self._hosted[name] = hosted_parser(name, self._settings)
        return await self._hosted[name].parse(source, filename, media_type.partition(";")[0])

    async def close(self) -> None:
        await asyncio.gather(self._local.close(), *(parser.close() for parser in self._hosted.values()))
