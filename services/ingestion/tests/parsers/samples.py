"""A tiny valid file of every media type that a parser of this machine reads, made by code."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


@dataclass(frozen=True)
class Sample:
    filename: str
    make: Callable[[], bytes]


def _text(text: str) -> Callable[[], bytes]:
    return text.encode


def _pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=True)
    canvas.setTitle("The wall")
    for page in (1, 2):
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 770, f"Part {page}")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 730, f"Each stone of part {page} was cut by hand,")
        canvas.drawString(72, 716, "and weighs twelve tonnes.")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _docx() -> bytes:
    document, file = docx.Document(), io.BytesIO()
    document.add_heading("The wall", 0)
    document.add_heading("Stones", 1)
    document.add_paragraph("Each stone was cut by hand.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Red", "12"
    document.save(file)
    return file.getvalue()


def _pptx() -> bytes:
    deck, file = pptx.Presentation(), io.BytesIO()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        for shape, text in zip(slide.placeholders, (f"Part {number}", "Each stone was cut by hand."), strict=True):
            assert shape.has_text_frame
            shape.text_frame.text = text
    deck.save(file)
    return file.getvalue()


def _xlsx() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (["Name", "Weight"], ["Red", 12]):
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def _xls() -> bytes:
    """A workbook of Excel 97: records of the BIFF8 format in the one stream of a compound file."""
    bound = struct.pack("<IHBB", 0, 0, 5, 0) + b"Wall!"
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, texts in enumerate((("Name", "Weight"), ("Red", "twelve"))):
        for column, text in enumerate(texts):
            cell = struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode()
            sheet += _record(0x204, cell)
    end = _record(0xA, b"")
    start = len(head + _record(0x85, bound) + end)
    stream = head + _record(0x85, struct.pack("<I", start) + bound[4:]) + end + sheet + end
    return _compound_file("Workbook", stream.ljust(4096, b"\0"))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound_file(name: str, stream: bytes) -> bytes:
    """Sector 0 is the allocation table, sector 1 the directory, the stream follows."""
    sectors, end, free = len(stream) // 512, 0xFFFFFFFE, 0xFFFFFFFF
    chain = [0xFFFFFFFD, end, *range(3, 2 + sectors), end]
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        62,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        4096,
        end,
        0,
        end,
        0,
    )
    header = header.ljust(76, b"\0") + struct.pack("<109I", 0, *[free] * 108)
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry(name, 2, free, 2, len(stream))
    return header + table + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    free, encoded = 0xFFFFFFFF, name.encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, free, free, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _zipped(media_type: str, parts: dict[str, str]) -> bytes:
    """A package that begins with its media type, as OpenDocument and EPUB do."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", media_type)
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _opendocument(kind: str, body: str) -> Callable[[], bytes]:
    names = " ".join(f'xmlns:{one}="{_OFFICE}:{one}:1.0"' for one in ("office", "text", "table"))
    names += f' xmlns:draw="{_OFFICE}:drawing:1.0" xmlns:presentation="{_OFFICE}:presentation:1.0"'
    content = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODF}.{kind}"/>'
    manifest = f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0">{entry}</manifest:manifest>'
    return lambda: _zipped(f"{_ODF}.{kind}", {"content.xml": content, "META-INF/manifest.xml": manifest})


def _epub() -> bytes:
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">wall</dc:identifier>'
        "<dc:title>The wall</dc:title><dc:language>en</dc:language></metadata>"
        '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="one"/></spine></package>'
    )
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>One</title></head>'
        "<body><h1>Stones</h1><p>Each stone was cut by hand.</p></body></html>"
    )
    parts = {"META-INF/container.xml": container, "book.opf": package, "one.xhtml": page}
    return _zipped("application/epub+zip", parts)


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@wall.test>", "bo@wall.test"
    message["Subject"], message["Date"] = "The größte stone", "Mon, 02 Nov 2026 10:00:00 +0000"
    message.set_content("It weighs twelve tonnes.\n\nAda\n")
    return message.as_bytes()


def _image(format_: str) -> Callable[[], bytes]:
    def make() -> bytes:
        image, file = Image.new("RGB", (220, 40), "white"), io.BytesIO()
        ImageDraw.Draw(image).text((8, 6), "Red stones", "black", ImageFont.load_default(24))
        image.save(file, format_, **({"lossless": True} if format_ == "WEBP" else {}))
        return file.getvalue()

    return make


_CODE = '"""The wall."""\n\n\ndef weigh(stone: str) -> int:\n    """In tonnes."""\n    return 12\n'
_PARAGRAPH = "<text:h text:outline-level='1'>Stones</text:h><text:p>Each stone was cut by hand.</text:p>"
_CELLS = "".join(
    f"<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>" for text in ("Red", "12")
)
_TABLE = f"<table:table table:name='Stones'><table:table-row>{_CELLS}</table:table-row></table:table>"
_FRAME = "<draw:frame><draw:text-box><text:p>A stone.</text:p></draw:text-box></draw:frame>"
_SLIDE = f"<draw:page draw:name='One'>{_FRAME}</draw:page>"

SAMPLES = {
    "text/plain": Sample("wall.txt", _text("The wall\n\nEach stone was cut by hand.\n")),
    "text/markdown": Sample("wall.md", _text("# The wall\n\nEach stone.\n\n- red\n- blue\n\n|a|b|\n|-|-|\n|1|2|\n")),
    "text/asciidoc": Sample("wall.adoc", _text("= The wall\n\n== Stones\n\nEach stone.\n\n* red\n")),
    "text/html": Sample(
        "wall.html", _text("<!doctype html><html><body><h1>The wall</h1><p>Each stone.</p></body></html>")
    ),
    "text/csv": Sample("wall.csv", _text("Name,Weight\nRed,12\nBlue,7.5\n")),
    "text/tab-separated-values": Sample("wall.tsv", _text("Name\tWeight\nRed\t12\nBlue\t7.5\n")),
    "text/x-source-code": Sample("wall.py", _text(_CODE)),
    "text/x-configuration": Sample("wall.toml", _text('[wall]\nstone = "red"\nweight = 12\n')),
    "application/json": Sample("wall.json", _text(json.dumps({"wall": {"stones": ["red", "blue"], "weight": 12}}))),
    "application/x-ndjson": Sample("wall.jsonl", _text('{"stone": "red"}\n{"stone": "blue"}\n')),
    "message/rfc822": Sample("wall.eml", _mail),
    "application/epub+zip": Sample("wall.epub", _epub),
    "application/pdf": Sample("wall.pdf", _pdf),
    "application/vnd.ms-excel": Sample("wall.xls", _xls),
    f"{_OOXML}.wordprocessingml.document": Sample("wall.docx", _docx),
    f"{_OOXML}.presentationml.presentation": Sample("wall.pptx", _pptx),
    f"{_OOXML}.spreadsheetml.sheet": Sample("wall.xlsx", _xlsx),
    f"{_ODF}.text": Sample("wall.odt", _opendocument("text", f"<office:text>{_PARAGRAPH}</office:text>")),
    f"{_ODF}.spreadsheet": Sample(
        "wall.ods", _opendocument("spreadsheet", f"<office:spreadsheet>{_TABLE}</office:spreadsheet>")
    ),
    f"{_ODF}.presentation": Sample(
        "wall.odp", _opendocument("presentation", f"<office:presentation>{_SLIDE}</office:presentation>")
    ),
    "image/png": Sample("wall.png", _image("PNG")),
    "image/jpeg": Sample("wall.jpg", _image("JPEG")),
    "image/tiff": Sample("wall.tiff", _image("TIFF")),
    "image/webp": Sample("wall.webp", _image("WEBP")),
}
