"""Files made to hurt whoever reads them: small on disk, endless or wrong inside.

``BEASTS`` names each with a maker of its bytes and the codes a reader may refuse it with. A beast with ``READABLE``
among its codes does no harm to a reader that bounds its work, and may be read.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

READABLE = "ready"

_WORD = "word/document.xml"
_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_BODY = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    "{}</w:t></w:r></w:p></w:body></w:document>"
)
_SECRET_FILE = "file:///etc/passwd"


@dataclass(frozen=True)
class Beast:
    filename: str
    make: Callable[[], bytes]
    codes: frozenset[str]


def docx(body: str, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A DOCX whose ``word/document.xml`` is ``body``, with further members."""
    with io.BytesIO() as target:
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
            archive.writestr("_rels/.rels", _RELATIONS)
            archive.writestr(_WORD, body)
            for name, content in (extra or {}).items():
                archive.writestr(name, content)
        return target.getvalue()


def _thousandfold() -> bytes:
    """A quarter of a gigabyte of one letter in a quarter of a megabyte."""
    with io.BytesIO() as target:
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
            archive.writestr("_rels/.rels", _RELATIONS)
            start, end = _BODY.split("{}")
            info = ZipInfo(_WORD)
            info.compress_type = ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(start.encode())
                for _ in range(256):
                    member.write(b"a" * 1024 * 1024)
                member.write(end.encode())
        return target.getvalue()


def _nested_zip() -> bytes:
    """Six layers of archives, each holding the one before ten times over."""
    content = b"0" * 10 * 1024 * 1024
    for layer in range(6):
        with io.BytesIO() as target:
            with ZipFile(target, "w", ZIP_DEFLATED) as archive:
                for number in range(10):
                    archive.writestr(f"{layer}-{number}.zip", content)
            content = target.getvalue()
    return docx(_BODY.format("hello"), {"word/embeddings/inner.zip": content})


def _overlapping_zip() -> bytes:
    """Ten thousand directory entries that all point at the same megabyte of data."""
    data = zlib.compress(b"\0" * 1024 * 1024, 9)[2:-4]
    crc = zlib.crc32(b"\0" * 1024 * 1024)
    name = b"word/document.xml"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(data), 1 << 20, len(name), 0) + name
    entries = []
    for number in range(9_000):
        entry = name if number == 0 else f"word/{number}.xml".encode()
        head = (0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(data), 1 << 20, len(entry), 0, 0, 0, 0, 0, 0)
        entries.append(struct.pack("<IHHHHHHIIIHHHHHII", *head) + entry)
    directory = b"".join(entries)
    begin = len(local) + len(data)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(entries), len(entries), len(directory), begin, 0)
    return local + data + directory + end


def _zip_slip() -> bytes:
    return docx(_BODY.format("slip"), {"../../../../tmp/ragstone-slipped": b"out", "/etc/ragstone-slipped": b"out"})


def _symlink_zip() -> bytes:
    with io.BytesIO(docx(_BODY.format("link"))) as target:
        with ZipFile(target, "a", ZIP_STORED) as archive:
            link = ZipInfo("word/media/link.xml")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        return target.getvalue()


def _many_members() -> bytes:
    return docx(_BODY.format("many"), {f"word/media/{number}": b"" for number in range(20_000)})


def _billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]>'
    return docx(declared + _BODY.format("&l9;"))


def _quadratic_entities() -> bytes:
    declared = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"a" * 200_000}">]>'
    return docx(declared + _BODY.format("&a;" * 20_000))


def _external_entity() -> bytes:
    declared = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{_SECRET_FILE}">]>'
    return docx(declared + _BODY.format("&x;"))


def _xhtml_entities() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<!DOCTYPE html [<!ENTITY l0 "ha">{entities}<!ENTITY x SYSTEM "{_SECRET_FILE}">]>'
    return f'<?xml version="1.0"?>{declared}<html><body>&l9;&x;</body></html>'.encode()


def _pdf(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of numbered objects with a right cross-reference table."""
    target, offsets = io.BytesIO(), []
    target.write(b"%PDF-1.7\n")
    for number, content in enumerate(objects, 1):
        offsets.append(target.tell())
        target.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    begin = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    target.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    target.write(b"trailer\n<</Size %d %b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, begin))
    return target.getvalue()


def _pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    content = b"BT /F 12 Tf 72 720 Td (A page of very many.) Tj ET"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>"
    fixed = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
    ]
    return _pdf(fixed + [page] * count)


def _deflated_stream(plain_megabytes: int) -> bytes:
    """A page whose content stream unpacks to so much."""
    packer = zlib.compressobj(9)
    piece = b"BT /F 12 Tf 72 720 Td (x) Tj ET\n" * 32_768
    packed = b"".join(packer.compress(piece) for _ in range(plain_megabytes)) + packer.flush()
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>"
    return _pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[5 0 R]>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
            page,
        ]
    )


def _page_loop() -> bytes:
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>"])


def _png(width: int, height: int) -> bytes:
    """A black-and-white image of that size, all of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width // 8)
    packed = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _mail(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    )
    return b"From: a@example.org\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + head + b"\r\nat last\r\n"


def _locked_pdf() -> bytes:
    """A PDF that asks for a password: its standard security handler's check fails for the empty one."""
    owner, user = b"<" + b"28" * 32 + b">", b"<" + b"30" * 32 + b">"
    encrypt = b"<</Filter/Standard/V 1/R 2/Length 40/P -44/O %b/U %b>>" % (owner, user)
    plain = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>",
        encrypt,
    ]
    return _pdf(plain, b"/Root 1 0 R /Encrypt 4 0 R /ID [<00><00>]")


def _beast(filename: str, make: Callable[[], bytes], *codes: str) -> Beast:
    return Beast(filename, make, frozenset(codes))


BEASTS: Mapping[str, Beast] = {
    "zip 1000:1": _beast("bomb.docx", _thousandfold, "parser_limit"),
    "nested zip": _beast("nested.docx", _nested_zip, "parser_limit", "corrupt_document", READABLE),
    "overlapping zip": _beast("overlap.docx", _overlapping_zip, "parser_limit", "corrupt_document"),
    "zip-slip": _beast("slip.docx", _zip_slip, "corrupt_document"),
    "symlink in a zip": _beast("link.docx", _symlink_zip, "corrupt_document", READABLE),
    "20,000 members": _beast("members.docx", _many_members, "parser_limit"),
    "billion laughs": _beast("laughs.docx", _billion_laughs, "corrupt_document"),
    "quadratic entities": _beast("quadratic.docx", _quadratic_entities, "corrupt_document"),
    "external entity": _beast("external.docx", _external_entity, "corrupt_document"),
    "entities in XHTML": _beast("entities.xhtml", _xhtml_entities, "corrupt_document", READABLE),
    "100,000 pages": _beast("pages.pdf", lambda: _pages(100_000), "parser_limit"),
    "deflate bomb": _beast("deflate.pdf", lambda: _deflated_stream(256), "parser_limit"),
    "page loop": _beast("loop.pdf", _page_loop, "corrupt_document", "no_text"),
    "40,000 x 40,000 image": _beast("huge.png", lambda: _png(40_000, 40_000), "parser_limit", "unsupported_type"),
    "password": _beast("locked.pdf", _locked_pdf, "password_protected"),
    "empty": _beast("empty.pdf", lambda: b"", "empty_document"),
    "only spaces": _beast("spaces.txt", lambda: b" \n" * 500_000, "empty_document", "no_text"),
    "truncated PDF": _beast("cut.pdf", lambda: _pages(50)[:900], "corrupt_document", "no_text"),
    "truncated DOCX": _beast("cut.docx", lambda: docx(_BODY.format("whole"))[:-60], "corrupt_document"),
    "executable called PDF": _beast(
        "program.pdf", lambda: b"\x7fELF\2\1\1" + bytes(range(256)) * 40, "unsupported_type"
    ),
    "PDF called text": _beast("really.txt", lambda: _pages(1), READABLE),
    "JSON 100,000 deep": _beast(
        "deep.json", lambda: b"[" * 100_000 + b"]" * 100_000, "parser_limit", "corrupt_document", READABLE
    ),
    "HTML 100,000 deep": _beast(
        "deep.html", lambda: b"<html>" + b"<div>" * 100_000 + b"x", "parser_limit", "corrupt_document", READABLE
    ),
    "Markdown quotes 10,000 deep": _beast(
        "deep.md", lambda: b">" * 10_000 + b" x", "parser_limit", "corrupt_document", "no_text", READABLE
    ),
    "mail 1,000 deep": _beast("deep.eml", lambda: _mail(1000), "parser_limit", "corrupt_document", "no_text", READABLE),
    "one line of 20 MB": _beast("line.txt", lambda: b"word " * 4_000_000, "parser_limit", READABLE),
    "a word of 5 MB": _beast("word.txt", lambda: b"a" * 5_000_000, "parser_limit", READABLE),
}
"""By what they are called in ING-5, and some more of their kind."""
