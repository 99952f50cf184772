import io
from collections.abc import Callable
from typing import Any

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
import pytest

from .corpus import survey_pdf
from .running import Ragstone, upload, wait_until_ended

SENTENCE = "The Orrery house keeps seven brass planets."


def _saved(make: Callable[[], Any]) -> bytes:
    buffer = io.BytesIO()
    make().save(buffer)
    return buffer.getvalue()


def _word() -> Any:
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    return document


def _sheet() -> Any:
    book = openpyxl.Workbook()
    book.active.append(["House", "Planets"])
    book.active.append(["Orrery house", SENTENCE])
    return book


def _slides() -> Any:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[1]).placeholders[1].text = SENTENCE
    return deck


FORMATS: dict[str, Callable[[], bytes]] = {
    "a.docx": lambda: _saved(_word),
    "a.xlsx": lambda: _saved(_sheet),
    "a.pptx": lambda: _saved(_slides),
    "a.html": f"<html><body><h1>Houses</h1><p>{SENTENCE}</p></body></html>".encode,
    "a.md": f"# Houses\n\n{SENTENCE}\n".encode,
    "a.adoc": f"= Houses\n\n{SENTENCE}\n".encode,
    "a.csv": f"house,planets\nOrrery house,{SENTENCE}\n".encode,
    "a.txt": SENTENCE.encode,
    "a.pdf": lambda: survey_pdf(2),
}


@pytest.mark.requirement("ING-8")
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_in_and_its_text_can_be_read_back(ragstone: Ragstone, name: str) -> None:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "formats"})
        accepted = upload(client, "formats", name, FORMATS[name]()).raise_for_status().json()
        document = wait_until_ended(client, accepted["document_id"])
        assert (document["state"], document["error"]) == ("ready", None)
        text = client.get(f"/v1/documents/{accepted['document_id']}/text").json()["text"]
    assert SENTENCE in text or "chief engineer" in text
