from pathlib import Path

import pytest

from ragstone_ingestion.errors import ParserLimit

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")


def page(folder: Path, body: str, head: str = "") -> list[tuple[str, str]]:
    return blocks(read(folder, "page.html", f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"))


def test_a_page_states_its_title_authors_dates_and_language(tmp_path: Path) -> None:
    head = (
        "<title>The\n wall</title><meta name=author content='Ada'><meta property='article:author' content='Bob'>"
        "<meta name=keywords content='red, old'><meta property='article:published_time' content='2026-03-02T10:00:00Z'>"
        "<meta name=description content='Of stones'><meta property='article:modified_time' content='yesterday'>"
    )
    document = read(tmp_path, "page.html", f"<html lang=en-GB><head>{head}</head><body><h1>Walls</h1></body></html>")
    assert document.title == "The wall"
    assert document.metadata == {
        "authors": ["Ada", "Bob"],
        "created": "2026-03-02T10:00:00+00:00",
        "language": "en-GB",
        "subject": "Of stones",
        "keywords": ["red", "old"],
    }
    assert blocks(document) == [("title", "Walls")]


def test_inline_markup_neither_parts_nor_joins_words(tmp_path: Path) -> None:
    body = "<p>H<sub>2</sub>O is <b>wet</b>,\n  <a href=x>always</a>.<br>Next\tline.</p>"
    assert page(tmp_path, f"{body}loose <i>text</i><div>block</div>tail") == [
        ("paragraph", "H2O is wet, always.\nNext line."),
        ("paragraph", "loose text"),
        ("paragraph", "block"),
        ("paragraph", "tail"),
    ]


def test_lists_nest_and_count(tmp_path: Path) -> None:
    body = "<ol start=3><li>three<ul><li>in</ul><li><p>four</p><p>more</p></ol><dl><dt>Term<dd>Meaning</dl>"
    assert page(tmp_path, body) == [
        ("list_item", "3. three"),
        ("list_item", "- in"),
        ("list_item", "4. four"),
        ("paragraph", "more"),
        ("list_item", "- Term"),
        ("list_item", "- Meaning"),
    ]


def test_code_keeps_its_lines_and_hidden_parts_do_not_show(tmp_path: Path) -> None:
    body = (
        "<pre><code>def f():\n    <b>return</b> 1\n</code></pre><script>x</script><p hidden>x</p><template>x</template>"
        "<p style='color: red; display:none'>x</p><noscript>x</noscript><!-- x --><p>shown</p>"
    )
    assert page(tmp_path, body) == [("code", "def f():\n    return 1"), ("paragraph", "shown")]


def test_tables_keep_captions_and_spans(tmp_path: Path) -> None:
    body = (
        "<table><caption>Weights</caption><thead><tr><th>Name<th colspan=2>Weight</thead>"
        "<tr><td rowspan=2>Red<td>1<td>2<tr><td>3<td><ul><li>a<li>b</ul></table>"
    )
    assert page(tmp_path, body) == [
        ("caption", "Weights"),
        ("table", "Name | Weight | Weight\nRed | 1 | 2\nRed | 3 | a b"),
    ]


def test_tables_that_only_place_things_are_read_as_what_they_hold(tmp_path: Path) -> None:
    body = "<table><tr><td><h2>Left</h2><p>words</p><td>right</table><table role=presentation><tr><td>a<td>b</table>"
    assert page(tmp_path, body) == [
        ("heading1", "Left"),
        ("paragraph", "words"),
        ("paragraph", "right"),
        ("paragraph", "a"),
        ("paragraph", "b"),
    ]


def test_a_heading_or_a_table_in_a_short_cell_is_the_cells_text(tmp_path: Path) -> None:
    body = (
        "<table><tr><td><h2>A</h2><td>B<tr><td><table><tr><td>1<td>2</table><td>3</table>"
        f"<table><tr><td><h2>Menu</h2><td>x<tr><td>y<td>{'words ' * 80}</table>"
    )
    first, *rest = page(tmp_path, body)
    assert first == ("table", "A | B\n1 2 | 3")
    assert [kind for kind, _ in rest] == ["heading1", "paragraph", "paragraph", "paragraph"]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ("", "cp1251"),
        ('<meta charset="utf-8">', "cp1251"),
        ('<meta charset="no-such-thing">', "utf-8"),
        ('<meta charset="utf-8">', "utf-16"),
    ],
)
def test_pages_read_in_the_encoding_they_state_or_the_one_they_are_in(head: str, encoding: str, tmp_path: Path) -> None:
    text = f"<!doctype html><html><head>{head}</head><body><p>Привет, мир! Это простой текст.</p></body></html>"
    assert read(tmp_path, "page.html", text.encode(encoding)).text == "Привет, мир! Это простой текст."


@pytest.mark.requirement("ING-5")
def test_a_page_nested_without_end_is_over_a_limit_instead_of_cut_short(tmp_path: Path) -> None:
    with pytest.raises(ParserLimit):
        page(tmp_path, "<div>" * 50_000 + "x")


@pytest.mark.requirement("ING-5")
def test_cells_that_span_without_end_are_over_a_limit(tmp_path: Path) -> None:
    with pytest.raises(ParserLimit):
        page(tmp_path, "<table>" + "<tr><th colspan=1000>x<td colspan=1000>y" * 1500 + "</table>")


def test_front_matter_is_metadata_and_no_text(tmp_path: Path) -> None:
    text = (
        "---\ntitle: The wall\nauthor: [Ada, {name: Bob}]\ndate: 2026-03-02\ntags: [red, old]\nlang: de\n---\n\n"
        "# Walls\n\nSome ~~old~~ words.\n\n- a\n  1. b\n"
    )
    document = read(tmp_path, "wall.md", text)
    assert document.title == "The wall"
    assert document.metadata == {
        "authors": ["Ada", "Bob"],
        "created": "2026-03-02",
        "language": "de",
        "keywords": ["red", "old"],
    }
    assert blocks(document) == [
        ("title", "Walls"),
        ("paragraph", "Some old words."),
        ("list_item", "- a"),
        ("list_item", "1. b"),
    ]


@pytest.mark.parametrize(
    "top", ["---\n- a list\n---\n", "---\na: [\n---\n", "---\na: &x [1]\nb: *x\n---\n", "---\n\n---\n"]
)
def test_what_is_no_front_matter_stays_in_the_text(top: str, tmp_path: Path) -> None:
    document = read(tmp_path, "wall.md", f"{top}\nWords.")
    assert document.metadata == {}
    assert document.text.endswith("Words.")


def test_asciidoc_states_its_author_and_attributes(tmp_path: Path) -> None:
    text = "= The wall\nAda Löwe <ada@example.com>\n:revdate: 2026-03-02\n:keywords: red, old\n:lang: en\n\nWords.\n"
    document = read(tmp_path, "wall.adoc", text)
    assert document.metadata == {
        "authors": ["Ada Löwe"],
        "created": "2026-03-02",
        "language": "en",
        "keywords": ["red", "old"],
    }
