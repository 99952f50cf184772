import io
import zipfile
from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, PasswordProtected

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")
CONTAINER = '<container xmlns="c"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
<metadata><dc:title>The wall</dc:title><dc:creator>Ada Löwe</dc:creator><dc:creator>Bob</dc:creator>
<dc:language>en-GB</dc:language><dc:date>2021-05</dc:date><dc:subject>Stones</dc:subject>
<meta property="dcterms:modified">2022-01-02T03:04:05Z</meta></metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="cover" href="cover.jpg" media-type="image/jpeg"/>
</manifest>
<spine><itemref idref="cover"/><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
ONE = "<html><head><title>x</title></head><body><h1>One</h1><h2>Part</h2><p>First&nbsp;words.</p></body></html>"
TWO = "<html><body><h1>Two</h1><ul><li>red</li></ul><table><tr><th>a</th><th>b</th></tr></table></body></html>"


def book(**changed: str) -> bytes:
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE,
        "OEBPS/nav.xhtml": "<html><body><p>Table of contents</p></body></html>",
        "OEBPS/text/one.xhtml": ONE,
        "OEBPS/text/two b.xhtml": TWO,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (parts | changed).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_chapters_come_in_the_order_of_the_spine_below_the_title(tmp_path: Path) -> None:
    document = read(tmp_path, "wall.epub", book())
    assert document.title == "The wall"
    assert document.metadata == {
        "authors": ["Ada Löwe", "Bob"],
        "created": "2021-05",
        "modified": "2022-01-02T03:04:05+00:00",
        "language": "en-GB",
        "keywords": ["Stones"],
    }
    assert blocks(document) == [
        ("title", "The wall"),
        ("heading1", "One"),
        ("heading2", "Part"),
        ("paragraph", "First\u00a0words."),
        ("heading1", "Two"),
        ("list_item", "- red"),
        ("table", "a | b"),
    ]


@pytest.mark.requirement("ING-5")
def test_a_package_that_declares_entities_or_is_missing_is_corrupt(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + PACKAGE.partition("?>")[2].replace("The wall", "&b;")
    for changed in (
        {"OEBPS/book.opf": bomb},
        {"META-INF/container.xml": "<container/>"},
        {"OEBPS/book.opf": "<broken"},
    ):
        with pytest.raises(CorruptDocument):
            read(tmp_path, "wall.epub", book(**changed))


def test_encrypted_chapters_are_locked_and_hidden_fonts_are_not(tmp_path: Path) -> None:
    def encryption(algorithm: str) -> str:
        return f'<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'

    fonts = book(**{"META-INF/encryption.xml": encryption("http://www.idpf.org/2008/embedding")})
    assert read(tmp_path, "wall.epub", fonts).title == "The wall"
    locked = book(**{"META-INF/encryption.xml": encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")})
    with pytest.raises(PasswordProtected):
        read(tmp_path, "wall.epub", locked)
