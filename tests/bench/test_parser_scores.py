from pathlib import Path

import pytest
from bench.parsers.references import Reference
from bench.parsers.scores import cell_f1, order, token_f1


def test_words_count_as_often_as_they_occur() -> None:
    assert token_f1("Red stones, red walls", "red stones red walls") == 1
    assert token_f1("red stones", "red stones red walls") == pytest.approx(2 / 3)
    assert token_f1("", "red") == 0


def test_order_is_the_share_that_rises_in_both() -> None:
    words = [f"w{number}" for number in range(40)]
    text = " ".join(words)
    assert order(text, text) == 1
    swapped = " ".join([*words[20:], *words[:20]])
    assert order(swapped, text) == pytest.approx(0.5)
    assert order("a few words", "and quite others") is None


def test_cells_count_in_their_row_and_tables_are_matched_once() -> None:
    table = [["Stone", "kg"], ["red", "12"], ["blue", "7"]]
    assert cell_f1([table], [table]) == 1
    assert cell_f1([], [table]) == 0
    assert cell_f1([table, table], [table]) == pytest.approx(2 / 3)
    exchanged = [["Stone", "kg"], ["red", "7"], ["blue", "12"]]
    assert cell_f1([exchanged], [table]) == pytest.approx(4 / 6)
    assert cell_f1([table], []) is None


def test_tables_are_read_from_markdown() -> None:
    markdown = "# Wall\n\n| Stone | kg |\n|-------|---:|\n| red \\| blue | 12 |\n\nText\n\n| - |\n| - |\n| one |\n"
    (first, second) = Reference("md", Path("wall.md"), markdown).tables
    assert first == [["Stone", "kg"], ["red \\| blue", "12"]]
    assert second[-1] == ["one"]
