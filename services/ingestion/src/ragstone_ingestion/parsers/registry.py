"""Which parser reads which media type, from the entry points of every installed package."""

from importlib.metadata import EntryPoint, entry_points
from typing import cast

from ragstone_ingestion.errors import UnsupportedType
from ragstone_ingestion.parsers.port import Parser

GROUP = "ragstone.parsers"


def supported_media_types() -> frozenset[str]:
    """The media types that some installed parser reads; nothing is imported to know them."""
    return frozenset(_entry_points())


def parser_for(media_type: str) -> Parser:
    """A new parser of the media type. Raises UnsupportedType when none is installed."""
    found = _entry_points().get(media_type)
    if found is None:
        raise UnsupportedType(f"no parser for {media_type} is installed")
    parser = found.load()()
    if media_type not in parser.media_types:
        raise TypeError(f"{found.value} is registered for {media_type}, which it does not read")
    return cast(Parser, parser)


def _entry_points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
