from hypothesis import given
from hypothesis import strategies as st

from ragstone_contracts.documents import BlockKind, Box
from ragstone_ingestion.parsers.canonical import CanonicalText, Line, clean, one_line, table_text


@given(st.text())
def test_clean_text_has_no_control_characters_but_newline_and_tab(text: str) -> None:
    cleaned = clean(text)
    assert not [
        c for c in cleaned if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000
    ]
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


def test_every_kind_of_line_break_becomes_a_newline() -> None:
    assert clean("a\r\nb\rc\u2028d\x0ce\x85f") == "a\nb\nc\nd\ne\nf"
    assert one_line(" a\r\n\tb\u00a0c ") == "a b c"


def test_tables_read_a_row_a_line_and_leave_blank_rows_out() -> None:
    assert table_text([["a", "b"], ["", " "], ["c\nd", ""]]) == "a | b\nc d |"


@given(st.lists(st.tuples(st.sampled_from(list(BlockKind)), st.text(max_size=20)), max_size=12))
def test_every_block_is_an_exact_range_and_blank_ones_are_left_out(parts: list[tuple[BlockKind, str]]) -> None:
    canonical = CanonicalText()
    for kind, text in parts:
        canonical.add(kind, text)
    document = canonical.document()
    texts = [clean(text).strip("\n").rstrip() for _, text in parts if clean(text).strip()]
    assert [document.text[block.start : block.end] for block in document.blocks] == texts


def test_a_block_whose_lines_are_blank_is_left_out() -> None:
    canonical = CanonicalText()
    canonical.add_lines(BlockKind.PARAGRAPH, [Line("", Box(page=1, x0=0, y0=0, x1=1, y1=1))], [])
    assert canonical.document().blocks == []


def test_lines_keep_their_boxes_and_where_each_begins() -> None:
    canonical = CanonicalText()
    canonical.add(BlockKind.HEADING, "Head", level=1, page=1)
    boxes = [Box(page=1, x0=0, y0=y, x1=1, y1=y + 0.1) for y in (0.2, 0.3)]
    canonical.add_lines(BlockKind.PARAGRAPH, [Line("one hy", boxes[0]), Line("phen two", boxes[1])], [""])
    document = canonical.document("  A\ntitle ", 1)
    block = document.blocks[1]
    assert (document.title, document.pages) == ("A title", 1)
    assert document.text == "Head\n\none hyphen two"
    assert (block.start, block.end, block.page, block.boxes) == (6, 20, 1, boxes)
    assert [document.text[start:] for start in block.box_starts] == ["one hyphen two", "phen two"]
