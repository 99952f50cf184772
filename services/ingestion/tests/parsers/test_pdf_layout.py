from itertools import pairwise
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from .pdf_pages import HEIGHT, WIDTH, Draw, found, parse, pdf, prose, write

pytestmark = pytest.mark.requirement("ING-8")


def in_order(text: str, *markers: str) -> bool:
    return all(text.index(one) < text.index(other) for one, other in pairwise(markers))


def column(canvas: Canvas, name: str, lines: int, x: float, y: float, words: int = 6) -> float:
    return write(canvas, prose(name, lines, words), x=x, y=y)


def test_a_figure_between_columns_is_read_between_what_stands_above_and_below(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        column(canvas, "upleft", 8, 72, 740, 4)
        column(canvas, "upright", 8, 320, 740, 4)
        canvas.rect(72, 520, 450, 100)
        write(canvas, ["Figure 1: A figure as wide as the page, with a caption that is as wide as it is too."], y=505)
        column(canvas, "lowleft", 8, 72, 470, 4)
        column(canvas, "lowright", 8, 320, 470, 4)

    document = parse(pdf(tmp_path, draw))
    assert in_order(
        document.text, "upleft7w03", "upright0w00", "Figure 1", "lowleft0w00", "lowleft7w03", "lowright0w00"
    )
    assert ("caption", "Figure 1: A figure as wide as the page, with a caption that is as wide as it is too.") in found(
        document
    )


def test_three_columns_are_read_from_left_to_right(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for name, x in (("a", 50), ("b", 220), ("c", 390)):
            column(canvas, name, 20, x, 740, 4)

    assert in_order(parse(pdf(tmp_path, draw)).text, "a19w03", "b0w00", "b19w03", "c0w00")


def test_a_narrow_sidebar_does_not_run_into_the_text_beside_it(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, [f"side{line}" for line in range(6)], x=72, y=700, size=8)
        column(canvas, "main", 20, 180, 720, 8)

    text = parse(pdf(tmp_path, draw)).text
    assert in_order(text, "main0w00", "main19w07")
    between = text[text.index("main0w00") : text.index("main19w07")]
    assert "side" not in between


def test_a_page_whose_text_runs_up_is_turned_and_its_boxes_stand_where_it_is_shown(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        write(canvas, prose("a", 5), x=72, y=WIDTH - 100)

    document = parse(pdf(tmp_path, draw))
    assert document.text == " ".join(prose("a", 5))
    first, last = document.blocks[0].boxes[0], document.blocks[0].boxes[-1]
    assert first.x0 < 100 / WIDTH < first.x1
    assert first.y1 == pytest.approx(1 - 72 / HEIGHT, abs=0.002)
    assert last.x0 > first.x1


def test_what_is_drawn_twice_to_look_bold_is_read_once(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for offset in (0, 0.4):
            write(canvas, ["Stones that cast a shadow"], x=72 + offset, y=740 - offset)
        write(canvas, prose("a"), y=700)

    assert parse(pdf(tmp_path, draw)).text.count("shadow") == 1


def hide(canvas: Canvas, text: str, y: float) -> None:
    hidden = canvas.beginText(72, y)
    hidden.setTextRenderMode(3)
    hidden.textLine(text)
    canvas.drawText(hidden)


def test_hidden_text_is_read_only_where_it_is_that_of_a_scan(tmp_path: Path) -> None:
    def typed(canvas: Canvas) -> None:
        write(canvas, prose("a"), y=740)
        hide(canvas, "a line that no reader sees", 500)

    def scanned(canvas: Canvas) -> None:
        hide(canvas, "a line that was recognised", 700)

    assert parse(pdf(tmp_path, typed, scanned)).text == " ".join(prose("a")) + "\n\na line that was recognised"


def test_text_outside_the_crop_box_is_not_read(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((0, 0, WIDTH, 600))
        write(canvas, ["cut away"], y=700)
        write(canvas, prose("a"), y=500)

    assert parse(pdf(tmp_path, draw)).text == " ".join(prose("a"))


def test_a_stamp_across_every_page_is_left_out(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, prose(f"p{number}", 20), y=740)
            canvas.saveState()
            canvas.translate(200, 300)
            canvas.rotate(45)
            canvas.setFont("Helvetica-Bold", 60)
            canvas.drawString(0, 0, "DRAFT")
            canvas.restoreState()

        return draw

    text = parse(pdf(tmp_path, *(page(number) for number in range(1, 5)))).text
    assert "DRAFT" not in text
    assert "D R" not in text
    assert "p4" in text


def test_running_heads_are_left_out_where_pages_are_missing_between_them(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, prose(f"p{number}", 6), y=720)
            head = f"{number} Annals of the wall" if number % 2 else f"Stones and their keepers {number}"
            write(canvas, [head], y=30, size=8)

        return draw

    text = parse(pdf(tmp_path, *(page(number) for number in (3, 4, 9, 10, 15, 26)))).text
    assert "Annals" not in text
    assert "keepers" not in text


def test_a_sentence_goes_on_after_the_note_at_the_foot_of_its_column(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines = prose("l", 12, 6)
        write(canvas, [*lines[:-1], "and the last line of the column that has no end and"], x=72, y=740)
        write(canvas, ["1) A note below the column, in small letters."], x=72, y=560, size=7)
        write(canvas, ["goes on up here on the other side until its end now.", *prose("r", 12, 6)], x=330, y=740)

    texts = [text for _, text in found(parse(pdf(tmp_path, draw)))]
    assert any("has no end and goes on up here" in text for text in texts)
    assert any(text.startswith("1) A note") for text in texts)


def test_captions_are_told_from_sentences_that_speak_of_a_figure(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, ["Figure 2 shows the wall as it was built by those who lived at its northern end then."], y=740)
        write(canvas, ["Figure 2: The wall"], y=700)
        write(canvas, ["Table 3-1 Stones of the wall"], y=660)

    assert found(parse(pdf(tmp_path, draw)))[1:] == [
        ("caption", "Figure 2: The wall"),
        ("caption", "Table 3-1 Stones of the wall"),
    ]


def test_items_of_lists_within_lists_know_their_depth(tmp_path: Path) -> None:
    items = [(72, "1. Stones"), (96, "• red ones"), (96, "• blue ones"), (120, "– of the sea"), (72, "2. Gates")]

    def draw(canvas: Canvas) -> None:
        for number, (x, text) in enumerate(items):
            write(canvas, [text], x=x, y=700 - 14 * number)

    document = parse(pdf(tmp_path, draw))
    assert found(document) == [("list_item", text) for _, text in items]
    assert [block.level for block in document.blocks] == [1, 2, 2, 3, 1]
