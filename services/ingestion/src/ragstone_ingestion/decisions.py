"""What is kept for ``/why``: the facts that each step of an ingestion was decided by."""

from collections import Counter
from collections.abc import Sequence

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.chunkers.registry import DEFAULT_CHUNKER
from ragstone_ingestion.metadata import Inferred
from ragstone_ingestion.steps import Steps

_LONGEST_VALUE = 200
_PARSER_SAYS = ("pages_by_ocr", "pages_without_text", "parser", "encoding")


def note_parsed(steps: Steps, parsed: ParsedDocument, reading: str, *, reused: bool) -> None:
    """By which parser the document was read, and what came of it."""
    facts = {
        "reading": reading,
        "chosen_by": "the collection's settings" if ";" in reading else "the media type",
        "pages": parsed.pages,
        "characters": len(parsed.text),
        "blocks": dict(Counter(block.kind.value for block in parsed.blocks)),
        "title": None if parsed.title is None else parsed.title[:_LONGEST_VALUE],
    }
    facts |= {name: parsed.metadata[name] for name in _PARSER_SAYS if name in parsed.metadata}
    steps.note("reused what was read from the same bytes before" if reused else "read the document", **facts)


def note_metadata(steps: Steps, inferred: Inferred) -> None:
    """Which fields were inferred; the passages they were read from stand in the document's provenance."""
    if inferred.fields or inferred.candidates:
        values = {name: str(value)[:_LONGEST_VALUE] for name, value in inferred.values.items()}
        steps.note("inferred metadata", fields=values, uncertain=sorted(inferred.candidates))


def note_chunked(steps: Steps, chunks: Sequence[Chunk], settings: CollectionSettings) -> None:
    lengths = [chunk.end - chunk.start for chunk in chunks]
    steps.note(
        "cut the text into chunks",
        chunker=settings.chunker or DEFAULT_CHUNKER,
        token_budget=settings.chunk_tokens,
        chunks=len(chunks),
        longest=max(lengths),
        shortest=min(lengths),
    )
