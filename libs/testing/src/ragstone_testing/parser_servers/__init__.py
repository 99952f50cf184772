"""Vendors' parsing services on their real wire: what each answers for one sample document, and how it refuses."""

from ragstone_testing.parser_servers.azure_document_intelligence import RecordedAzure
from ragstone_testing.parser_servers.google_document_ai import RecordedDocumentAi
from ragstone_testing.parser_servers.llamaparse import RecordedLlamaParse
from ragstone_testing.parser_servers.recorded import Answer, Fault, Received, RecordedServer
from ragstone_testing.parser_servers.sample import LOCKED_PDF, PARTS, SAMPLE_PDF
from ragstone_testing.parser_servers.textract import RecordedTextract
from ragstone_testing.parser_servers.unstructured import RecordedUnstructured

__all__ = [
    "LOCKED_PDF",
    "PARTS",
    "SAMPLE_PDF",
    "Answer",
    "Fault",
    "Received",
    "RecordedAzure",
    "RecordedDocumentAi",
    "RecordedLlamaParse",
    "RecordedServer",
    "RecordedTextract",
    "RecordedUnstructured",
]
