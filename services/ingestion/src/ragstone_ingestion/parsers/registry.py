"""Which parser reads which documents, from the entry points of every installed package.

A *reading* says how a document is read: its media type, and behind a semicolon the parser its collection asks for.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pydantic import SecretStr, ValidationError

from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.errors import ParserMisconfigured, UnsupportedType
from ragstone_ingestion.parsers.port import HostedParser, Parser

GROUP = "ragstone.parsers"
HOSTED_GROUP = "ragstone.hosted_parsers"

VendorSettings = Mapping[str, Mapping[str, SecretStr]]
"""What an operator set for each hosted parser, by its name with underscores."""


def supported_media_types() -> frozenset[str]:
    """The media types that some installed parser reads; nothing is imported to know them."""
    return frozenset(name for name in _entry_points(GROUP) if ";" not in name)


def local_readings() -> frozenset[str]:
    """Every reading that a parser of this machine does: the media types, and those with an alternative behind them."""
    return frozenset(_entry_points(GROUP))


def reading_of(media_type: str, parser: str | None) -> str:
    """How a document of that type is read in a collection that asks for ``parser``.

    Where the parser does not read the type, Ragstone's own does: a collection may hold what its vendor does not take.
    """
    if parser is None:
        return media_type
    named = f"{media_type};{parser}"
    hosted = _entry_points(HOSTED_GROUP).get(parser)
    is_read = named in _entry_points(GROUP) or (hosted is not None and media_type in hosted.load().media_types)
    return named if is_read else media_type


def parser_for(reading: str) -> Parser:
    """A new parser of this machine for the reading. Raises UnsupportedType when none is installed."""
    found = _entry_points(GROUP).get(reading)
    if found is None:
        raise UnsupportedType(f"no parser for {reading} is installed")
    parser = found.load()()
    if reading.partition(";")[0] not in parser.media_types:
        raise TypeError(f"{found.value} is registered for {reading}, which it does not read")
    return cast(Parser, parser)


def hosted_name(reading: str) -> str | None:
    """The hosted parser of the reading; None when a parser of this machine reads it."""
    name = reading.partition(";")[2]
    return name if name and reading not in _entry_points(GROUP) else None


def hosted_parser(name: str, settings: VendorSettings) -> HostedParser:
    """A new parser over a vendor's API. Raises ParserMisconfigured, naming each setting that is missing or wrong."""
    point = _entry_points(HOSTED_GROUP).get(name)
    if point is None:
        raise ParserMisconfigured(f"the hosted parser {name!r} is not installed here")
    own = name.replace("-", "_")
    given = {key: value.get_secret_value() for key, value in settings.get(own, {}).items()}
    try:
        return cast(HostedParser, point.load()(given))
    except ValidationError as error:
        prefix = f"RAGSTONE_INGESTION__HOSTED_PARSERS__{own}__".upper()
        wrong = (f"{prefix}{str(one['loc'][0] if one['loc'] else '').upper()}: {one['msg']}" for one in error.errors())
        raise ParserMisconfigured(f"the parser {name!r} is not set up: {'; '.join(wrong)}") from error


def check_parser(name: str | None, settings: VendorSettings) -> None:
    """Raises InvalidRequest for a name that no package provides, ParserMisconfigured for one that cannot be used."""
    if name is None:
        return
    local = [point for reading, point in _entry_points(GROUP).items() if reading.partition(";")[1:] == (";", name)]
    if local:
        _check_engines(name, local)
    elif name in _entry_points(HOSTED_GROUP):
        hosted_parser(name, settings)
    else:
        raise InvalidRequest(f"there is no parser {name!r}; there are: {', '.join(_names())}")


def _check_engines(name: str, points: Sequence[EntryPoint]) -> None:
    try:
        for point in points:
            point.load()
    except ImportError as error:
        raise InvalidRequest(f"the parser {name!r} needs an engine that is not installed here: {error.name}") from error


def _names() -> list[str]:
    named = {reading.partition(";")[2] for reading in _entry_points(GROUP)} - {""}
    return sorted(named | set(_entry_points(HOSTED_GROUP)))


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}
