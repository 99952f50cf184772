"""Pages, and Markdown by way of the page it describes."""

from pathlib import Path

from markdown_it import MarkdownIt

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.parsers.canonical import CanonicalText
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.front_matter import split_front_matter
from ragstone_ingestion.parsers.html_head import html_properties, page_text
from ragstone_ingestion.parsers.html_text import add_html
from ragstone_ingestion.parsers.rejection import damage_is_rejected


class HtmlParser:
    """Everything visible counts as content: a page without headings has no furniture either."""

    media_types = frozenset({"text/html"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            text = page_text(source.read_bytes())
            title, stated = html_properties(text)
            add_html(canonical, text)
        return canonical.document(title or canonical.first_heading(), **stated)


class MarkdownParser:
    """CommonMark with tables; a YAML front matter is metadata and no text."""

    media_types = frozenset({"text/markdown"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            text = decode(source.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
            text, title, stated = split_front_matter(text)
            markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
            add_html(canonical, markdown.render(text))
        return canonical.document(title or canonical.first_heading(), **stated)
