import io
import zipfile
from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, ParserLimit, PasswordProtected

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")
_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "draw", "presentation", "meta", "chart", "xlink")
)
META = f"""<office:document-meta {_NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>The wall</dc:title><meta:initial-creator>Ada</meta:initial-creator><dc:creator>Bob</dc:creator>
<meta:creation-date>2026-06-23T06:14:53.147505123</meta:creation-date><dc:date>2026-06-24</dc:date>
<dc:language>de-DE</dc:language><meta:keyword>red</meta:keyword><meta:keyword>old</meta:keyword>
</office:meta></office:document-meta>"""
_NOTE_BODY = "<text:note-body><text:p>A note.</text:p></text:note-body>"
NOTE = f"<text:note><text:note-citation>1</text:note-citation>{_NOTE_BODY}</text:note>"
COMMENT = "<office:annotation><text:p>no</text:p></office:annotation>"
STYLES = """<office:automatic-styles>
<style:style style:name="P1" style:parent-style-name="Title"/>
<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>
<text:list-style style:name="L1"><text:list-level-style-number text:level="1"/></text:list-style>
</office:automatic-styles>"""


def opened(kind: str, body: str, **parts: str) -> bytes:
    content = f"<office:document-content {_NAMES}>{STYLES}<office:body>{body}</office:body></office:document-content>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        for name, part in ({"content.xml": content, "meta.xml": META} | parts).items():
            archive.writestr(name, part)
    return buffer.getvalue()


def cells(*texts: str) -> str:
    return "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)


def row(*texts: str) -> str:
    return f"<table:table-row>{cells(*texts)}</table:table-row>"


def box(text: str) -> str:
    return f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"


def test_texts_keep_headings_lists_notes_and_tables(tmp_path: Path) -> None:
    body = f"""<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>
    <text:p text:style-name="P1">A title</text:p><text:h text:outline-level="2">Stones</text:h>
    <text:p>Some<text:s text:c="2"/><text:span>bold</text:span><text:tab/>words{NOTE}{COMMENT}.</text:p>
    <text:list text:style-name="L1"><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>in</text:p>
    </text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>
    <table:table><table:table-header-rows>{row("Name", "Weight")}</table:table-header-rows>
    {row("Red", "12")}</table:table></office:text>"""
    document = read(tmp_path, "wall.odt", opened("text", body))
    assert document.title == "A title"
    assert document.metadata == {
        "authors": ["Ada"],
        "created": "2026-06-23T06:14:53.147505",
        "modified": "2026-06-24",
        "language": "de-DE",
        "keywords": ["red", "old"],
    }
    assert blocks(document) == [
        ("title", "A title"),
        ("heading2", "Stones"),
        ("paragraph", "Some  bold\twords. (A note.)"),
        ("list_item", "1. one"),
        ("list_item", "- in"),
        ("list_item", "2. two"),
        ("table", "Name | Weight\nRed | 12"),
    ]


def test_sheets_are_headings_over_their_tables_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    merged = (
        '<table:table-cell table:number-columns-spanned="2"><text:p>Stones</text:p></table:table-cell>'
        "<table:covered-table-cell/>"
    )
    body = f"""<office:spreadsheet><table:table table:name="Walls"><table:table-row>{cells("Name")}{merged}{blank}
    </table:table-row>{row("Red", "12", "13")}
    <table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row></table:table>
    <table:table table:name="Secret" table:style-name="ta2">{row("x", "y")}</table:table>
    <table:table table:name="Blank"><table:table-row>{blank}</table:table-row></table:table></office:spreadsheet>"""
    document = read(tmp_path, "wall.ods", opened("spreadsheet", body))
    assert blocks(document) == [("heading1", "Walls"), ("table", "Name | Stones | Stones\nRed | 12 | 13")]
    assert (document.title, document.blocks[0].page) == ("The wall", 1)


def test_slides_are_pages_with_titles_and_the_numbers_of_their_charts(tmp_path: Path) -> None:
    titles = [f'<draw:frame presentation:class="title">{box(f"Slide {n}")}</draw:frame>' for n in (1, 2)]
    notes = f"<presentation:notes><draw:frame>{box('unsaid')}</draw:frame></presentation:notes>"
    chart = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    body = f"<draw:page>{titles[0]}{notes}</draw:page><draw:page>{titles[1]}{chart}</draw:page>"
    numbers = f"<office:document-content {_NAMES}><chart:chart><chart:title><text:p>Weights</text:p></chart:title>"
    numbers += f"<table:table>{row('', 'kg')}{row('Red', '12')}</table:table></chart:chart></office:document-content>"
    body = f"<office:presentation>{body}</office:presentation>"
    content = opened("presentation", body, **{"Object 1/content.xml": numbers})
    document = read(tmp_path, "wall.odp", content)
    assert document.pages == 2
    assert [(block.page, *said) for block, said in zip(document.blocks, blocks(document), strict=True)] == [
        (1, "title", "Slide 1"),
        (2, "title", "Slide 2"),
        (2, "caption", "Weights"),
        (2, "table", "| kg\nRed | 12"),
    ]


@pytest.mark.requirement("ING-5")
def test_cells_repeated_without_end_are_over_a_limit(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    bomb = opened("spreadsheet", f"<office:spreadsheet><table:table>{rows}</table:table></office:spreadsheet>")
    with pytest.raises(ParserLimit):
        read(tmp_path, "bomb.ods", bomb)


@pytest.mark.requirement("ING-5")
def test_entities_are_refused_in_every_part_and_encoding(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0" encoding="{}"?><!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    for part in ("content.xml", "styles.xml", "meta.xml"):
        for encoding in ("utf-8", "utf-16"):
            changed = {part: bomb.format(encoding).encode(encoding)}
            with pytest.raises(CorruptDocument):
                read(tmp_path, "bomb.odt", opened("text", "<office:text/>", **changed))  # type: ignore[arg-type]


def test_an_encrypted_document_is_locked(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(PasswordProtected):
        read(tmp_path, "locked.odt", opened("text", "<office:text/>", **{"META-INF/manifest.xml": manifest}))
