import zipfile
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
import pytest
from pptx.util import Inches

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, ParserLimit
from ragstone_ingestion.parsers import archives
from ragstone_ingestion.parsers.registry import parser_for
from ragstone_ingestion.sniffing import media_type_of_file

pytestmark = pytest.mark.requirement("ING-8")
Blocks = list[tuple[str, str]]


def parse(source: Path) -> ParsedDocument:
    """Parsed as the pipeline does it: a stored original has no file extension, only a name beside it."""
    stored = source.rename(source.with_name("original"))
    return parser_for(media_type_of_file(stored, source.name, None)).parse(stored, source.name)


def blocks(document: ParsedDocument) -> Blocks:
    return [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def word_document(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("The wall", 0)
    document.add_heading("Stones", 1)
    document.add_paragraph("A paragraph with some ").add_run("bold").bold = True
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Name", "Weight", "Red", "12"], strict=True):
        cell.text = text
    document.save(str(path))
    return path


def test_word_documents_keep_headings_lists_and_tables(tmp_path: Path) -> None:
    document = parse(word_document(tmp_path / "wall.docx"))
    assert document.title == "The wall"
    assert blocks(document) == [
        ("title", "The wall"),
        ("heading", "Stones"),
        ("paragraph", "A paragraph with some bold"),
        ("list_item", "- first"),
        ("list_item", "- second"),
        ("table", "Name | Weight\nRed | 12"),
    ]
    assert document.blocks[1].level == 1


def test_slides_are_pages(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        assert slide.shapes.title is not None
        slide.shapes.title.text = f"Slide {number}"
        box = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(5), Inches(1))
        box.text_frame.text = f"What slide {number} says."
    deck.save(str(tmp_path / "deck.pptx"))
    document = parse(tmp_path / "deck.pptx")
    assert document.pages == 2
    assert [block.page for block in document.blocks] == [1, 1, 2, 2]
    assert blocks(document)[2:] == [("title", "Slide 2"), ("paragraph", "What slide 2 says.")]


def test_sheets_are_headings_over_their_tables(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Stones"
    for row in (["Name", "Weight"], ["Red", 12], ["Blue", 7.5]):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    assert blocks(parse(tmp_path / "book.xlsx")) == [
        ("heading", "Stones"),
        ("table", "Name | Weight\nRed | 12\nBlue | 7.5"),
    ]


def test_markdown_reads_as_plain_text_with_its_structure(tmp_path: Path) -> None:
    text = "# Wall\n\nSome **bold** and `code`.\n\n## Stones\n\n1. one\n2. two\n"
    text += "\n```python\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|2|\n"
    document = parse(written(tmp_path, "wall.md", text))
    assert blocks(document) == [
        ("title", "Wall"),
        ("paragraph", "Some bold and code."),
        ("heading", "Stones"),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
        ("code", "x = 1"),
        ("table", "a | b\n1 | 2"),
    ]


def test_html_keeps_what_is_shown_and_drops_scripts(tmp_path: Path) -> None:
    text = (
        "<!doctype html><html><head><title>T</title><script>var hidden = 1</script></head><body><p>Before.</p>"
        "<h1>Wall</h1><p>A <b>stone</b>, red.</p><ul><li>one</li></ul>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></body></html>"
    )
    document = parse(written(tmp_path, "wall.html", text))
    assert "hidden" not in document.text
    assert [one for one in blocks(document) if one[1] != "T"] == [
        ("paragraph", "Before."),
        ("title", "Wall"),
        ("paragraph", "A stone, red."),
        ("list_item", "- one"),
        ("table", "a | b\n1 | 2"),
    ]


def test_asciidoc_and_csv_are_read(tmp_path: Path) -> None:
    adoc = parse(written(tmp_path, "wall.adoc", "= Wall\n\n== Stones\n\nA paragraph.\n\n* one\n"))
    assert [kind for kind, _ in blocks(adoc)] == ["title", "heading", "paragraph", "list_item"]
    table = parse(written(tmp_path, "stones.csv", 'name;note\nred;"heavy; old"\n'))
    assert blocks(table) == [("table", "name | note\nred | heavy; old")]


@pytest.mark.requirement("ING-5")
def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10_000_000)
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(20_000_000))
    assert bomb.stat().st_size < 50_000
    with pytest.raises(ParserLimit, match="20,000,000"):
        parse(bomb)


@pytest.mark.requirement("ING-5")
def test_entities_neither_reach_for_files_nor_multiply(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret.txt", "canary")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE d [<!ENTITY l0 "ha"><!ENTITY x SYSTEM "{secret.as_uri()}">{laughs}]>'
    source = tmp_path / "entities.docx"
    word_document(source)
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts["word/document.xml"].decode()
    body = body.replace("?>", f"?>{declared}", 1).replace("A paragraph", "&x;&l11; A paragraph", 1)
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, body.encode() if name == "word/document.xml" else content)
    try:
        text = parse(source).text
    except CorruptDocument:
        text = ""
    assert "canary" not in text
    assert len(text) < 10_000


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize("name", ["cut.docx", "cut.pptx", "cut.xlsx"])
def test_an_office_archive_without_its_parts_is_corrupt(name: str, tmp_path: Path) -> None:
    parts = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(parts[name[-4:]], "<broken")
    with pytest.raises(CorruptDocument):
        parse(tmp_path / name)
