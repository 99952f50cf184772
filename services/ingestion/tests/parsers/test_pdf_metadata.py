from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.parsers.pdf.metadata import iso_date, metadata_of, stated_title

from .pdf_pages import parse, write

pytestmark = pytest.mark.requirement("ING-8")


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("D:20240229093000+01'00'", "2024-02-29T09:30:00+01:00"),
        ("D:20240229093000-0530", "2024-02-29T09:30:00-05:30"),
        ("D:20240229093000Z00'00'", "2024-02-29T09:30:00+00:00"),
        ("D:20240229", "2024-02-29T00:00:00"),
        ("2024", "2024-01-01"),
        ("D:20241329093000Z", None),
        ("29 February 2024", None),
        ("", None),
    ],
)
def test_dates_become_iso_dates(stated: str, meant: str | None) -> None:
    assert iso_date(stated) == meant


def described(folder: Path, **metadata: str) -> Path:
    path = folder / "document.pdf"
    canvas = Canvas(str(path), lang="de-AT")
    canvas.setTitle(metadata.get("title", ""))
    canvas.setAuthor(metadata.get("author", ""))
    write(canvas, ["Words that are no heading, and end as a sentence does."])
    canvas.save()
    return path


def test_what_a_file_states_about_itself_is_kept(tmp_path: Path) -> None:
    document = parse(described(tmp_path, title="Walls of the north", author="Ada Lovelace; Brunel, Isambard"))
    assert document.title == "Walls of the north"
    assert document.metadata["authors"] == ["Ada Lovelace", "Brunel, Isambard"]
    assert document.metadata["language"] == "de-AT"
    assert document.metadata["created"].startswith("20")


@pytest.mark.parametrize(
    "title",
    [
        "Microsoft Word - wall.doc",
        "untitled",
        "C:\\papers\\wall_final2.docx",
        "PowerPoint Presentation",
        "paper.dvi",
        "-",
    ],
)
def test_what_programs_put_for_a_title_is_none(title: str, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(described(tmp_path, title=title)) as document:
        assert stated_title(document) is None


@pytest.mark.parametrize(
    ("stated", "authors"),
    [
        ("Ada Lovelace and Grace Hopper", ["Ada Lovelace", "Grace Hopper"]),
        ("Ada Lovelace, Grace Hopper", ["Ada Lovelace", "Grace Hopper"]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("Administrator", None),
    ],
)
def test_authors_are_told_apart(stated: str, authors: list[str] | None, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(described(tmp_path, author=stated)) as document:
        assert metadata_of(document).get("authors") == authors


def test_the_language_that_programs_always_state_is_not_believed_of_another_script(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    path = tmp_path / "document.pdf"
    for font, text, language in (("Times-Roman", "Words", "en-US"), ("STSong-Light", "这是一堵墙", None)):
        canvas = Canvas(str(path), lang="en-US")
        write(canvas, [text], font=font)
        canvas.save()
        assert parse(path).metadata.get("language") == language
