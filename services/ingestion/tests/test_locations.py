from ragstone_contracts.documents import Block, BlockKind, Box, ParsedDocument
from ragstone_ingestion.locations import locate, page_at

TEXT = "First line\nsecond line\n\nNo boxes here"


def box(page: int, line: int) -> Box:
    return Box(page=page, x0=0.1, y0=0.1 * line, x1=0.9, y1=0.1 * line + 0.05)


def document() -> ParsedDocument:
    lines = Block(kind=BlockKind.PARAGRAPH, start=0, end=22, page=1, boxes=[box(1, 9), box(2, 1)], box_starts=[0, 11])
    return ParsedDocument(text=TEXT, blocks=[lines, Block(kind=BlockKind.PARAGRAPH, start=24, end=37, page=2)])


def test_a_range_has_its_text_its_page_and_a_box_for_each_line_it_touches() -> None:
    first, second, both = locate(document(), [(0, 5), (11, 17), (6, 17)])
    assert (first.text, first.page, first.boxes) == ("First", 1, [box(1, 9)])
    assert (second.text, second.page, second.boxes) == ("second", 2, [box(2, 1)])
    assert (both.page, both.boxes) == (1, [box(1, 9), box(2, 1)])


def test_white_space_alone_touches_no_line() -> None:
    assert locate(document(), [(6, 11)])[0].boxes == [box(1, 9)]
    assert locate(document(), [(10, 11), (22, 24)]) == [
        locate(document(), [(10, 11)])[0],
        locate(document(), [(22, 24)])[0],
    ]
    assert locate(document(), [(22, 24)])[0].page is None


def test_a_block_without_boxes_still_knows_its_page() -> None:
    (found,) = locate(document(), [(27, 32)])
    assert (found.text, found.page, found.boxes) == ("boxes", 2, [])
    assert page_at(document().blocks[0], 15) == 2


def test_ranges_outside_the_text_are_clipped() -> None:
    beyond, negative, whole = locate(document(), [(100, 200), (-5, 5), (0, 1000)])
    assert (beyond.text, beyond.boxes) == ("", [])
    assert negative.text == "First"
    assert (whole.text, len(whole.boxes)) == (TEXT, 2)
