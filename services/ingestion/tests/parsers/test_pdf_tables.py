from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from .pdf_pages import found, parse, pdf, prose, write

pytestmark = pytest.mark.requirement("ING-8")


def rows_in(canvas: Canvas, rows: list[list[str]], xs: list[float], y: float, step: float = 14) -> float:
    canvas.setFont("Helvetica", 9)
    for row in rows:
        for x, cell in zip(xs, row, strict=True):
            canvas.drawString(x, y, cell)
        y -= step
    return y


def text_of(rows: list[list[str]]) -> str:
    return "\n".join(" | ".join(row).strip() for row in rows)


def test_a_table_between_three_rules_ends_where_its_last_rule_does(tmp_path: Path) -> None:
    rows = [["Stone", "Weight", "Price"], ["red", "12", "3.50"], ["blue", "7", "2.10"], ["grey", "9", "4.00"]]

    def draw(canvas: Canvas) -> None:
        y = write(canvas, prose("a"), y=740)
        for at in (y - 6, y - 24, y - 66):
            canvas.line(72, at, 400, at)
        y = rows_in(canvas, rows, [76, 200, 320], y - 18)
        write(canvas, ["Source: the quarry of the wall, as told by its keeper"], y=y - 10, size=8)
        write(canvas, prose("b"), y=y - 40)

    assert ("table", text_of(rows)) in found(parse(pdf(tmp_path, draw)))


def test_cells_over_several_rows_are_in_each_of_them_and_a_heading_over_columns_above_each(tmp_path: Path) -> None:
    cells = [["Wall", "Stones", ""], ["", "red", "blue"], ["north", "1", "2"], ["south", "3", "4"], ["", "5", "6"]]
    style = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1))]
    style.append(("SPAN", (0, 3), (0, 4)))
    path = tmp_path / "document.pdf"
    SimpleDocTemplate(str(path), pagesize=A4).build([Table(cells, style=TableStyle(style), colWidths=[80, 80, 80])])
    assert found(parse(path)) == [
        ("table", "Wall | Stones | Stones\nWall | red | blue\nnorth | 1 | 2\nsouth | 3 | 4\nsouth | 5 | 6")
    ]


def test_rows_that_no_line_parts_are_rows_all_the_same(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([72, 150, 240, 330], [640, 680, 700])
        rows_in(canvas, [["Wall", "Stone", "Weight"]], [76, 154, 244], 687)
        rows_in(canvas, [["red", "12"], ["blue", "7"]], [154, 244], 667)
        rows_in(canvas, [["north"]], [76], 660)

    assert found(parse(pdf(tmp_path, draw))) == [("table", "Wall | Stone | Weight\nnorth | red | 12\nnorth | blue | 7")]


def test_a_cell_that_wraps_is_one_cell_where_nothing_rules_the_table(tmp_path: Path) -> None:
    rows = [
        ["Stone", "What it is for", "Weight"],
        ["red", "the corner of the wall where the wind", "12 kg"],
        ["", "and the rain come from the sea", ""],
        ["blue", "the gate", "7 kg"],
        ["grey", "the foot of the wall, below the water", "9 kg"],
        ["", "and the sand", ""],
    ]

    def draw(canvas: Canvas) -> None:
        y = write(canvas, prose("a"), y=740)
        y = rows_in(canvas, rows, [72, 150, 360], y - 20, step=12)
        write(canvas, prose("b"), y=y - 20)

    assert found(parse(pdf(tmp_path, draw)))[1] == (
        "table",
        "Stone | What it is for | Weight\n"
        "red | the corner of the wall where the wind and the rain come from the sea | 12 kg\n"
        "blue | the gate | 7 kg\n"
        "grey | the foot of the wall, below the water and the sand | 9 kg",
    )


def test_a_table_that_goes_on_over_the_page_is_one_with_one_header(tmp_path: Path) -> None:
    styles = getSampleStyleSheet()
    cells = [["Number", "Square"]] + [[str(number), str(number * number)] for number in range(1, 71)]
    path = tmp_path / "document.pdf"
    table = Table(cells, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]), repeatRows=1)
    before = Paragraph("The squares of the first numbers follow here.", styles["Normal"])
    SimpleDocTemplate(str(path), pagesize=A4).build([before, table])
    document = parse(path)
    kinds = [kind for kind, _ in found(document)]
    assert (kinds, document.pages) == (["paragraph", "table"], 2)
    block = document.blocks[1]
    assert document.text[block.start : block.end] == text_of(cells)
    assert {box.page for box in block.boxes} == {1, 2}
    starts = [document.text[start:].split(" ", 1)[0] for start in block.box_starts]
    assert starts == [row[0] for row in cells]


def test_headings_that_run_up_the_page_are_the_header_of_their_columns(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([72, 200, 230, 260], [580, 600, 620, 700])
        rows_in(canvas, [["Stone"]], [76], 690)
        rows_in(canvas, [["red", "x", ""], ["blue", "", "x"]], [76, 212, 242], 606, step=20)
        for x, text in ((218, "gate"), (248, "corner")):
            canvas.saveState()
            canvas.translate(x, 625)
            canvas.rotate(90)
            canvas.drawString(0, 0, text)
            canvas.restoreState()

    assert found(parse(pdf(tmp_path, draw))) == [("table", "Stone | gate | corner\nred | x |\nblue |  | x")]


def test_a_frame_around_code_is_no_table_and_code_keeps_its_indentation(tmp_path: Path) -> None:
    code = ["def lay(stone):", "    if stone.red:", "        wall.add(stone)", "    return wall"]

    def draw(canvas: Canvas) -> None:
        y = write(canvas, prose("a"), y=740)
        canvas.grid([70, 74, 400], [y - 60, y - 30, y])
        canvas.setFont("Courier", 9)
        for number, line in enumerate(code):
            indent = len(line) - len(line.lstrip())
            canvas.drawString(80 + indent * 5.4, y - 12 - 11 * number, line.lstrip())

    assert found(parse(pdf(tmp_path, draw)))[1] == ("code", "\n".join(code))
