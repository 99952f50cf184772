"""Electronic books: chapters in the order of the spine, and what the package states about the book."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, PasswordProtected
from ragstone_ingestion.parsers.archives import check_archive, opened, read_member
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.html_head import page_text
from ragstone_ingestion.parsers.html_text import add_html
from ragstone_ingestion.parsers.properties import properties
from ragstone_ingestion.parsers.rejection import damage_is_rejected
from ragstone_ingestion.parsers.xml import Element, attribute, local_name, parse_xml

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_ONLY_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_CHAPTERS = {"application/xhtml+xml", "text/html"}


class EpubParser:
    """The book's title stands above all chapters; its own table of contents is left out."""

    media_types = frozenset({"application/epub+zip"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        check_archive(source)
        canonical = CanonicalText()
        with damage_is_rejected(filename), opened(source) as archive:
            _refuse_locked(archive)
            path = _package_path(archive)
            package = _xml(archive, path)
            title, stated = _metadata(package)
            canonical.add(BlockKind.TITLE, one_line(title or ""))
            for chapter in _chapters(package, path):
                _add_chapter(canonical, read_member(archive, chapter) or b"")
        return canonical.document(title, **stated)


def _refuse_locked(archive: ZipFile) -> None:
    content = read_member(archive, _ENCRYPTION)
    methods = _named(parse_xml(content), "EncryptionMethod") if content else iter(())
    if any(attribute(method, "Algorithm") not in _ONLY_FONTS for method in methods):
        raise PasswordProtected("the book's chapters are encrypted")


def _package_path(archive: ZipFile) -> str:
    rootfile = next(_named(_xml(archive, _CONTAINER), "rootfile"), None)
    path = None if rootfile is None else attribute(rootfile, "full-path")
    if not path:
        raise CorruptDocument("the book names no package")
    return path


def _metadata(package: Element) -> tuple[str | None, dict[str, Any]]:
    held: dict[str, list[str]] = {}
    for element in package.iter():
        name = attribute(element, "property") if local_name(element) == "meta" else local_name(element)
        if name and element.text and element.text.strip():
            held.setdefault(name, []).append(element.text.strip())
    first = {name: values[0] for name, values in held.items()}
    stated = properties(
        {
            "authors": held.get("creator"),
            "created": first.get("date"),
            "modified": first.get("dcterms:modified"),
            "language": first.get("language"),
            "subject": first.get("description"),
            "keywords": held.get("subject"),
        }
    )
    return first.get("title"), stated


def _chapters(package: Element, path: str) -> Iterator[str]:
    """The archive's names of the chapters in reading order."""
    items = {attribute(item, "id"): item for item in _named(package, "item")}
    for reference in _named(package, "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is None or attribute(item, "media-type") not in _CHAPTERS:
            continue
        if "nav" not in (attribute(item, "properties") or "").split():
            location = unquote(attribute(item, "href") or "").partition("#")[0]
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), location))


def _add_chapter(canonical: CanonicalText, content: bytes) -> None:
    before = len(canonical.blocks)
    add_html(canonical, page_text(content))
    canonical.lower_headings(before)


def _xml(archive: ZipFile, name: str) -> Element:
    content = read_member(archive, name)
    if content is None:
        raise CorruptDocument(f"the book lacks {name}")
    return parse_xml(content)


def _named(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if local_name(element) == name)
