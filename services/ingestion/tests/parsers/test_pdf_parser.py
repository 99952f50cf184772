from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.errors import CorruptDocument, NoText, ParserLimit, PasswordProtected
from ragstone_ingestion.locations import locate
from ragstone_ingestion.parsers.pdf.opening import MAX_PAGES

from .pdf_pages import HEIGHT, WIDTH, Draw, found, parse, pdf, prose, write

pytestmark = pytest.mark.requirement("ING-8")


def test_headings_paragraphs_and_lists_are_rebuilt(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, ["The Wall"], y=780, size=22, font="Times-Bold")
        write(canvas, ["1 Stones"], y=740, size=14, font="Times-Bold")
        y = write(canvas, [*prose("a"), "short end."], y=715)
        y = write(canvas, ["• the first item of the list", "• the second item"], y=y - 8)
        write(canvas, ["1.1 Red stones"], y=y - 10, size=12, font="Times-Bold")
        write(canvas, prose("b"), y=y - 35)

    document = parse(pdf(tmp_path, draw))
    assert found(document) == [
        ("title", "The Wall"),
        ("heading", "1 Stones"),
        ("paragraph", " ".join([*prose("a"), "short end."])),
        ("list_item", "• the first item of the list"),
        ("list_item", "• the second item"),
        ("heading", "1.1 Red stones"),
        ("paragraph", " ".join(prose("b"))),
    ]
    assert (document.title, document.pages) == ("The Wall", 1)
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2]


def test_a_number_that_a_line_happens_to_begin_with_is_no_list_item(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        y = write(canvas, [*prose("a"), f"{prose('a')[0]} with status"[-60:], "202. The rest of it goes on."], y=740)
        write(canvas, ["Do this:", "1. Lift the stone", "2. Put it down"], y=y - 30)

    kinds = [kind for kind, _ in found(parse(pdf(tmp_path, draw)))]
    assert kinds == ["paragraph", "paragraph", "list_item", "list_item"]


def test_two_columns_are_read_one_after_the_other_under_a_common_head(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, ["A head over both of the columns, as wide as the page is between its margins"], y=760, size=13)
        for left, right, y in zip(prose("l", 12, 6), prose("r", 12, 6), range(700, 500, -12), strict=False):
            write(canvas, [left], x=72, y=y)
            write(canvas, [right], x=320, y=y)

    text = parse(pdf(tmp_path, draw)).text
    assert text.index("l11w05") < text.index("r0w00")
    assert text.startswith("A head over")


def test_a_word_cut_at_a_line_end_is_healed_and_a_real_hyphen_stays(tmp_path: Path) -> None:
    lines = [
        "The well-known wall was built from lime-",
        "stone by people who took care of the well-",
        "known quarry and of everything around it.",
    ]
    text = parse(pdf(tmp_path, lambda canvas: write(canvas, lines))).text
    assert "from limestone by" in text
    assert text.count("well-known") == 2


def test_headers_footers_and_page_numbers_are_left_out_and_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, ["Annual report of the wall"], y=810, size=8)
            write(canvas, [str(number)], x=290, y=30, size=8)
            write(canvas, prose(f"p{number}", 6), y=720)

        return draw

    document = parse(pdf(tmp_path, *(page(number) for number in range(1, 5))))
    assert "Annual report" not in document.text
    assert document.text.split() == " ".join(" ".join(prose(f"p{number}", 6)) for number in range(1, 5)).split()
    assert {box.page for box in document.blocks[0].boxes} == {1, 2, 3, 4}


def test_lines_at_the_edge_that_say_something_else_on_each_page_are_content(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 9):
            canvas.drawString(72, 800, "Annals of the wall")
            canvas.drawString(72, 780, f"Stone number {number} was laid in the wall on that day.")
            canvas.drawString(72, 765, f"It weighs {number * 7} pounds")
            canvas.drawString(72, 40, f"page {number + 10}")
            canvas.showPage()

    text = parse(pdf(tmp_path, draw)).text
    assert "Annals" not in text
    assert "page 1" not in text
    for number in range(1, 9):
        assert f"Stone number {number} was laid" in text
        assert f"weighs {number * 7} pounds" in text


def test_a_page_with_nothing_but_a_counted_line_keeps_it(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 6):
            canvas.drawString(72, 800, f"Fact {number}")
            canvas.showPage()

    assert [line for line in parse(pdf(tmp_path, draw)).text.split("\n") if line] == [f"Fact {n}" for n in range(1, 6)]


def test_every_line_has_a_box_where_it_stands(tmp_path: Path) -> None:
    lines = prose("a", 3)
    document = parse(pdf(tmp_path, lambda canvas: write(canvas, lines, x=72, y=700)))
    (block,) = document.blocks
    assert [document.text[start:].split()[0] for start in block.box_starts] == ["a0w00", "a1w00", "a2w00"]
    for number, box in enumerate(block.boxes):
        baseline = 1 - (700 - 12 * number) / HEIGHT
        assert box.y0 < baseline < box.y1 < baseline + 0.01
        assert box.x0 == pytest.approx(72 / WIDTH, abs=0.002)
    (where,) = locate(document, [(document.text.index("a1w03"), document.text.index("a1w05"))])
    assert (where.page, where.boxes) == (1, [block.boxes[1]])


def test_a_rotated_page_has_its_boxes_where_a_reader_sees_them(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.saveState()
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        write(canvas, prose("a", 3), x=72, y=WIDTH - 100)
        canvas.restoreState()

    document = parse(pdf(tmp_path, draw))
    assert document.text == " ".join(prose("a", 3))
    box = document.blocks[0].boxes[0]
    assert box.x0 == pytest.approx(72 / WIDTH, abs=0.002)
    assert box.y0 < 100 / HEIGHT < box.y1


def test_bookmarks_make_headings_and_their_levels(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for level, title in enumerate(["Wall", "Stones in the wall"]):
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, level)
        write(canvas, ["Stones in the wall"], y=740)
        write(canvas, prose("a"), y=715)

    document = parse(pdf(tmp_path, draw))
    assert found(document)[0] == ("heading", "Stones in the wall")
    assert document.blocks[0].level == 2


def test_aligned_cells_are_a_table_a_row_a_line(tmp_path: Path) -> None:
    rows = [
        ("Stone", "Weight", "Place"),
        ("Red", "12 kg", "north"),
        ("Blue", "7 kg", "south"),
        ("Grey", "9 kg", "west"),
    ]

    def draw(canvas: Canvas) -> None:
        y = write(canvas, prose("a"), y=740)
        for row in rows:
            y -= 16
            for column, cell in enumerate(row):
                write(canvas, [cell], x=72 + 150 * column, y=y)
        write(canvas, prose("b"), y=y - 30)

    assert found(parse(pdf(tmp_path, draw)))[1] == ("table", "\n".join(" | ".join(row) for row in rows))


def test_a_drawn_grid_is_a_table_whose_cells_may_have_several_lines(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("a"), y=740)
        canvas.grid([72, 200, 400], [600, 640, 660])
        for x, y, text in [(76, 646, "Stone"), (204, 646, "What it is for"), (76, 615, "Red")]:
            write(canvas, [text], x=x, y=y)
        write(canvas, ["the corner of the wall,", "and its foot"], x=204, y=625)
        write(canvas, prose("b"), y=570)

    table = "Stone | What it is for\nRed | the corner of the wall, and its foot"
    assert found(parse(pdf(tmp_path, draw))) == [
        ("paragraph", " ".join(prose("a"))),
        ("table", table),
        ("paragraph", " ".join(prose("b"))),
    ]


def test_chinese_lines_join_without_a_space(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    lines = ["这是一堵由红色石头砌成的古老城墙它已经在海边矗立", "了数百年之久"]
    document = parse(pdf(tmp_path, lambda canvas: write(canvas, lines, font="STSong-Light")))
    assert document.text == "".join(lines)


@pytest.mark.requirement("ING-5")
def test_what_cannot_be_read_is_rejected_with_its_reason(tmp_path: Path) -> None:
    locked = pdf(tmp_path, lambda canvas: write(canvas, ["secret"]) and None, encrypt=StandardEncryption("word"))
    with pytest.raises(PasswordProtected):
        parse(locked)
    scan = pdf(tmp_path, lambda canvas: canvas.rect(100, 100, 200, 200))
    with pytest.raises(NoText):
        parse(scan)
    noise = tmp_path / "noise.pdf"
    noise.write_bytes(b"%PDF-1.7\nnothing of the kind")
    with pytest.raises(CorruptDocument):
        parse(noise)


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_corrupt_and_never_half_a_document(share: float, tmp_path: Path) -> None:
    whole = pdf(tmp_path, *[lambda canvas: write(canvas, prose("a"))] * 3).read_bytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CorruptDocument):
        parse(cut)


@pytest.mark.requirement("ING-5")
def test_too_many_pages_are_over_the_limit(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    for _ in range(MAX_PAGES + 1):
        document.new_page(10, 10).close()
    document.save(tmp_path / "long.pdf")
    document.close()
    with pytest.raises(ParserLimit, match="5,001 pages"):
        parse(tmp_path / "long.pdf")
