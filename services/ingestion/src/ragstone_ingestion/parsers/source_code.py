"""Source code by its structure: each definition a block of code below its name, word for word."""

from pathlib import Path, PurePath
from typing import ClassVar

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import EmptyDocument
from ragstone_ingestion.parsers.canonical import CanonicalText, clean
from ragstone_ingestion.parsers.code_outline import CODE, SECTIONS, Definition, Outline
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.rejection import damage_is_rejected


class OutlineParser:
    """The base of the parsers below. What stands outside of any definition is code without a heading of its own."""

    media_types: frozenset[str]
    outline: ClassVar[Outline]

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            text = clean(decode(source.read_bytes()))
            if not text.strip():
                raise EmptyDocument("the file holds nothing but white space")
            for definition in self.outline.definitions_of(text.split("\n")):
                _add(canonical, definition)
        return canonical.document(PurePath(filename).name)


class SourceCodeParser(OutlineParser):
    """Goes by indentation and by the words that open definitions, which tell enough in every common language."""

    media_types = frozenset({"text/x-source-code"})
    outline = Outline(CODE)


class ConfigurationParser(OutlineParser):
    """YAML, TOML, INI and their like: a block per section."""

    media_types = frozenset({"text/x-configuration"})
    outline = Outline(SECTIONS)


def _add(canonical: CanonicalText, definition: Definition) -> None:
    if definition.name:
        canonical.add(BlockKind.HEADING, definition.name, level=definition.level)
    canonical.add(BlockKind.CODE, "\n".join(definition.lines))
