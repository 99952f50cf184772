"""Every hosted parser with its recorded server, and what it makes of the sample."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.adapters.parsers.azure_document_intelligence import AzureDocumentIntelligence
from ragstone_ingestion.adapters.parsers.google_document_ai import GoogleDocumentAi
from ragstone_ingestion.adapters.parsers.hosted import HostedParserBase
from ragstone_ingestion.adapters.parsers.llamaparse import LlamaParse
from ragstone_ingestion.adapters.parsers.textract import Textract
from ragstone_ingestion.adapters.parsers.unstructured import Unstructured
from ragstone_testing.parser_servers import (
    RecordedAzure,
    RecordedDocumentAi,
    RecordedLlamaParse,
    RecordedServer,
    RecordedTextract,
    RecordedUnstructured,
)

Said = list[tuple[str, str]]

LIST: Said = [("list_item", "- red stones"), ("list_item", "- blue stones")]
PARAGRAPH = ("paragraph", "Each stone was cut by hand, and the größte weighs twelve tonnes.")
TABLE = ("table", "Name | Weight\nRed | 12\nBlue | 7.5")
LAST = ("paragraph", "A gate of iron closes it.")
PLAIN: Said = [(kind.replace("list_item", "paragraph"), text.removeprefix("- ")) for kind, text in LIST]
_URL = "https://eu-documentai.test/v1/projects/wall/locations/eu/processors/"


def whole(*first: tuple[str, str], listed: Said = LIST) -> Said:
    return [*first, PARAGRAPH, *listed, TABLE, LAST]


@dataclass(frozen=True)
class Vendor:
    adapter: Callable[..., HostedParserBase[Any]]
    server: Callable[[], RecordedServer]
    settings: Mapping[str, str]
    expected: Said
    wrong_key: Mapping[str, str]

    def connected(self, server: RecordedServer, **changes: str) -> HostedParserBase[Any]:
        return self.adapter({"poll_seconds": "0.001", **self.settings, **changes}, server.connect)


HEADED = whole(("heading", "The wall 🧱"), ("heading", "Stones"))
TITLED = whole(("title", "The wall 🧱"), ("heading", "Stones"))

VENDORS = {
    "llamaparse": Vendor(LlamaParse, RecordedLlamaParse, {"key": "llx-key"}, HEADED, {"key": "not-the-key"}),
    "azure-document-intelligence": Vendor(
        AzureDocumentIntelligence,
        RecordedAzure,
        {"url": "https://azure.test", "key": "azure-key"},
        whole(("title", "The wall 🧱"), ("heading", "Stones"), listed=PLAIN),
        {"key": "not-the-key"},
    ),
    "unstructured": Vendor(
        Unstructured, RecordedUnstructured, {"key": "unstructured-key"}, HEADED, {"key": "not-the-key"}
    ),
    "google-document-ai": Vendor(
        GoogleDocumentAi,
        RecordedDocumentAi,
        {"url": f"{_URL}ocr", "token": "ya29.token"},
        [
            ("paragraph", "Society of the Wall"),
            *whole(("paragraph", "The wall 🧱"), ("paragraph", "Stones"), listed=PLAIN)[:-1],
            ("paragraph", "1"),
            LAST,
        ],
        {"token": "not-the-token"},
    ),
    "google-document-ai layout": Vendor(
        GoogleDocumentAi,
        RecordedDocumentAi,
        {"url": f"{_URL}layout", "token": "ya29.token"},
        HEADED,
        {"token": "not-the-token"},
    ),
    "textract": Vendor(
        Textract,
        RecordedTextract,
        {"region": "eu-central-1", "key_id": "AKIDEXAMPLE", "key": "secret", "bucket": "the-bucket"},
        TITLED,
        {"key_id": "AKIDOTHER"},
    ),
}


async def read(parser: HostedParserBase[Any], content: bytes, filename: str = "wall.pdf") -> ParsedDocument:
    with TemporaryDirectory() as folder:
        source = Path(folder) / "original"
        source.write_bytes(content)
        try:
            return await parser.parse(source, filename, "application/pdf")
        finally:
            await parser.close()


def said(document: ParsedDocument) -> Said:
    return [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]
