"""OpenDocument texts, spreadsheets and presentations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, PasswordProtected
from ragstone_ingestion.parsers.archives import check_archive, opened, read_member
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.grids import add_grid, add_table
from ragstone_ingestion.parsers.opendocument_text import (
    Styles,
    paragraph_text,
    table_grid,
    text_boxes,
)
from ragstone_ingestion.parsers.properties import properties
from ragstone_ingestion.parsers.rejection import damage_is_rejected
from ragstone_ingestion.parsers.xml import Element, attribute, local_name, parse_xml

_BASE = "application/vnd.oasis.opendocument"
_LEFT_OUT = {"tracked-changes", "table-of-content", "annotation", "notes", "forms", "sequence-decls", "variable-decls"}
_TITLE_STYLES = {"Title"}


class OpenDocumentParser:
    """Headings, lists and tables in reading order; slides are pages, and sheets headings over their tables."""

    media_types = frozenset({f"{_BASE}.{kind}" for kind in ("text", "spreadsheet", "presentation")})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        check_archive(source)
        with damage_is_rejected(filename), opened(source) as archive:
            manifest = read_member(archive, "META-INF/manifest.xml")
            if manifest and b"encryption-data" in manifest:
                raise PasswordProtected(f"{filename} is encrypted")
            content = read_member(archive, "content.xml")
            if content is None:
                raise CorruptDocument(f"{filename} lacks its content")
            root = parse_xml(content)
            writer = _Writer(archive, Styles(root, _optional(archive, "styles.xml")))
            writer.write_body(root)
            title, stated = _metadata(archive)
        return writer.canonical.document(writer.title or title, writer.page, **stated)


def _optional(archive: ZipFile, name: str) -> Element | None:
    content = read_member(archive, name)
    return parse_xml(content) if content else None


def _metadata(archive: ZipFile) -> tuple[str | None, dict[str, Any]]:
    root = _optional(archive, "meta.xml")
    held: dict[str, list[str]] = {}
    for element in [] if root is None else root.iter():
        if element.text and element.text.strip():
            held.setdefault(local_name(element), []).append(element.text.strip())
    first = {name: values[0] for name, values in held.items()}
    stated = properties(
        {
            "authors": first.get("initial-creator") or first.get("creator"),
            "created": first.get("creation-date"),
            "modified": first.get("date"),
            "language": first.get("language"),
            "subject": first.get("subject"),
            "keywords": held.get("keyword"),
        }
    )
    return first.get("title"), stated


@dataclass
class _Writer:
    archive: ZipFile
    styles: Styles
    canonical: CanonicalText = field(default_factory=CanonicalText)
    page: int | None = None
    title: str | None = None

    def write_body(self, root: Element) -> None:
        for body in (element for element in root if local_name(element) == "body"):
            for content in body:
                write = self._write_sheet if local_name(content) == "spreadsheet" else self._write
                for child in content:
                    write(child)

    def _write_sheet(self, element: Element) -> None:
        """A sheet that is shown, below its name."""
        if local_name(element) != "table" or self.styles.is_hidden(element):
            return
        self.page = (self.page or 0) + 1
        grid = table_grid(element)
        if any(map(any, grid)):
            self.canonical.add(BlockKind.HEADING, one_line(attribute(element, "name") or ""), level=1, page=self.page)
            add_grid(self.canonical, grid, self.page)

    def _write(self, element: Element) -> None:
        name = local_name(element)
        if name == "h":
            self._write_heading(element)
        elif name == "p":
            self._write_paragraph(element)
        elif name == "list":
            self._write_list(element, attribute(element, "style-name"), 1)
        elif name == "object":
            self._write_object(attribute(element, "href") or "")
        elif name == "table":
            add_table(self.canonical, table_grid(element), self.page)
        elif name not in _LEFT_OUT:
            self._write_container(element, name)

    def _write_container(self, element: Element, name: str) -> None:
        if name == "page":
            self.page = (self.page or 0) + 1
        if attribute(element, "class") == "title":
            self._add(BlockKind.TITLE, " ".join(_paragraphs(element)))
            return
        for child in element:
            self._write(child)

    def _write_object(self, reference: str) -> None:
        """The title of an embedded chart and the numbers behind it."""
        root = _optional(self.archive, f"{reference.removeprefix('./')}/content.xml")
        for element in [] if root is None else root.iter():
            if local_name(element) == "title":
                self.canonical.add(BlockKind.CAPTION, " ".join(_paragraphs(element)), page=self.page)
            elif local_name(element) == "table":
                add_table(self.canonical, table_grid(element), self.page)

    def _write_heading(self, element: Element) -> None:
        level = attribute(element, "outline-level") or ""
        self._add(BlockKind.HEADING, paragraph_text(element), int(level) if level.isdigit() else 1)

    def _write_paragraph(self, element: Element) -> None:
        titled = self.styles.of_paragraph(element) in _TITLE_STYLES
        text = paragraph_text(element)
        if titled:
            self._add(BlockKind.TITLE, text)
        else:
            self.canonical.add(BlockKind.PARAGRAPH, text, page=self.page)
        for box in text_boxes(element):
            self._write(box)

    def _write_list(self, element: Element, style: str | None, depth: int) -> None:
        number = 0
        for item in (child for child in element if local_name(child) in ("list-item", "list-header")):
            own = [child for child in item if local_name(child) == "p"]
            texts = [text for text in map(paragraph_text, own) if text.strip()]
            if texts:
                number += 1
                marker = f"{number}." if self.styles.is_numbered(style, depth) else "-"
                self.canonical.add(BlockKind.LIST_ITEM, f"{marker} {' '.join(texts)}", page=self.page)
            for child in item:
                if local_name(child) == "list":
                    self._write_list(child, attribute(child, "style-name") or style, depth + 1)
                elif local_name(child) != "p":
                    self._write(child)
            for box in (box for child in own for box in text_boxes(child)):
                self._write(box)

    def _add(self, kind: BlockKind, text: str, level: int | None = None) -> None:
        text = one_line(text)
        self.title = self.title or text or None
        self.canonical.add(kind, text, level=level, page=self.page)


def _paragraphs(element: Element) -> Iterator[str]:
    return (paragraph_text(one) for one in element.iter() if local_name(one) in ("p", "h"))
