"""The text a page shows, as blocks."""

import re
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.errors import ParserLimit
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.grids import add_table
from ragstone_ingestion.parsers.html_table import is_layout, table_grid
from ragstone_ingestion.parsers.xml import Element

_HIDDEN = {"head", "script", "style", "template", "noscript", "iframe", "object", "svg", "select", "textarea", "button"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CAPTIONS = {"figcaption", "caption"}
_LISTS = {"ul", "ol", "menu"}
_ITEMS = {"li", "dt", "dd"}
_CODE = {"pre", "listing", "xmp"}
_INLINE_TAGS = """
    a abbr acronym annotation area b bdi bdo big br cite code data del dfn em font i img input ins kbd label map mark
    math meter mfrac mi mn mo mrow msqrt msub msup mtext nobr output param picture progress q rb rp rt ruby s samp
    semantics small source span strike strong sub sup time track tt u var wbr
"""
_INLINE = frozenset(_INLINE_TAGS.split())
_SPACE = re.compile(r"[ \t\n\r\f]+")
_LINE_BREAK = "\u2028"
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def add_html(canonical: CanonicalText, text: str) -> None:
    """Appends what a page shows: headings, lists, tables, code, paragraphs; scripts and hidden parts are left out.

    Raises ParserLimit for a page nested too deeply.
    """
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    content = text.replace("\x00", "").encode("utf-8", "replace")
    root = etree.fromstring(content, parser) if content.strip() else None
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ParserLimit("the page is nested too deeply")  # what lies below would be missing without a word
    if root is not None:
        _Reader(canonical).read(root)


@dataclass
class _List:
    ordered: bool
    number: int


@dataclass
class _Reader:
    """Walks over a page's elements without recursion: broken pages nest as deep as they like."""

    canonical: CanonicalText
    pieces: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    marker: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int | None = None

    def read(self, root: Element) -> None:
        walk = etree.iterwalk(root, events=("start", "end"))
        whole: Element | None = None
        for event, element in walk:
            if event == "start":
                if self._is_whole(element):
                    whole = element
                    walk.skip_subtree()
                else:
                    self._open(element)
            else:
                if element is whole:
                    whole = None
                else:
                    self._close(element)
                if element is not root:
                    self.pieces.append(element.tail or "")
        self._flush()

    def _is_whole(self, element: Element) -> bool:
        """Whether the element was dealt with at once, or is nothing to deal with."""
        tag = element.tag
        if tag in _HIDDEN or "hidden" in element.attrib or _NOT_SHOWN.search(element.get("style", "")):
            return True
        if tag in _CODE:
            self._flush()
            self.canonical.add(BlockKind.CODE, "".join(element.itertext()))
            return True
        if tag == "table" and not is_layout(element):
            self._flush()
            self._add_table(element)
            return True
        return False

    def _add_table(self, table: Element) -> None:
        for caption in table.iterchildren("caption"):  # type: ignore[attr-defined]
            self.canonical.add(BlockKind.CAPTION, one_line("".join(caption.itertext())))
        grid = table_grid(table)
        if grid:
            add_table(self.canonical, grid)

    def _open(self, element: Element) -> None:
        tag = element.tag
        if tag == "br":
            self.pieces.append(_LINE_BREAK)
        elif tag not in _INLINE:
            self._flush()
        if tag in _HEADINGS:
            level = _HEADINGS[tag]
            self.kind, self.level = (BlockKind.TITLE, None) if level == 1 else (BlockKind.HEADING, level - 1)
        elif tag in _CAPTIONS:
            self.kind = BlockKind.CAPTION
        elif tag in _LISTS:
            self.lists.append(_List(tag == "ol", _number(element.get("start"), 1)))
        elif tag in _ITEMS:
            self._open_item(element)
        self.pieces.append(element.text or "")

    def _open_item(self, element: Element) -> None:
        held = self.lists[-1] if self.lists and element.tag == "li" else _List(False, 0)
        held.number = _number(element.get("value"), held.number)
        self.marker = f"{held.number}. " if held.ordered else "- "
        held.number += 1

    def _close(self, element: Element) -> None:
        if element.tag not in _INLINE:
            self._flush()
        if element.tag in _LISTS and self.lists:
            self.lists.pop()
        elif element.tag in _HEADINGS or element.tag in _CAPTIONS:
            self.kind, self.level = BlockKind.PARAGRAPH, None
        elif element.tag in _ITEMS:
            self.marker = ""

    def _flush(self) -> None:
        lines = _SPACE.sub(" ", "".join(self.pieces)).split(_LINE_BREAK)
        text = "\n".join(line.strip() for line in lines).strip()
        self.pieces.clear()
        if not text:
            return
        if self.kind is BlockKind.PARAGRAPH and self.marker:
            self.canonical.add(BlockKind.LIST_ITEM, self.marker + text)
            self.marker = ""
        else:
            text = text if self.kind is BlockKind.PARAGRAPH else one_line(text)
            self.canonical.add(self.kind, text, level=self.level)


def _number(stated: str | None, otherwise: int) -> int:
    return int(stated) if stated and stated.isdecimal() and len(stated) < 9 else otherwise
