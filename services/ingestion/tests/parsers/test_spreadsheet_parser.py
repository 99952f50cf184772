import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from ragstone_ingestion.errors import PasswordProtected

from .reading import blocks, read
from .samples import SAMPLES

pytestmark = pytest.mark.requirement("ING-8")


def workbook(*rows: Any, merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Stones"
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def tables(folder: Path, content: bytes) -> list[tuple[str, str]]:
    return blocks(read(folder, "book.xlsx", content))[1:]


def test_values_read_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    rows = [["a", "b", "c", "d", "e"], [12.0, 0.1 + 0.2, True, date(2026, 3, 2), datetime(2026, 3, 2, 10, 30)]]
    assert tables(tmp_path, workbook(*rows)) == [
        ("table", "a | b | c | d | e\n12 | 0.3 | TRUE | 2026-03-02 | 2026-03-02 10:30:00")
    ]


def test_a_title_above_is_no_header_and_blank_rows_part_tables(tmp_path: Path) -> None:
    rows = [["Stones of the wall"], ["Name", "Weight"], ["Red", 12], [None], ["Mason", "Age"], ["Ada", 36]]
    assert tables(tmp_path, workbook(*rows)) == [
        ("paragraph", "Stones of the wall"),
        ("table", "Name | Weight\nRed | 12"),
        ("table", "Mason | Age\nAda | 36"),
    ]


def test_a_blank_row_before_more_of_the_same_does_not_cost_the_header(tmp_path: Path) -> None:
    rows = [["Name", "Weight"], ["Red", 12], [None], ["Blue", 7]]
    assert tables(tmp_path, workbook(*rows)) == [("table", "Name | Weight\nRed | 12\nBlue | 7")]


def test_tables_side_by_side_are_parted_and_a_column_of_labels_is_not(tmp_path: Path) -> None:
    rows = [["Name", "Weight", None, "Mason", "Age"], ["Red", 12, None, "Ada", 36]]
    assert tables(tmp_path, workbook(*rows)) == [
        ("table", "Name | Weight\nRed | 12"),
        ("table", "Mason | Age\nAda | 36"),
    ]
    form = [["Voltage", None, "kV", 130], ["Frequency", None, "Hz", 50]]
    assert tables(tmp_path, workbook(*form)) == [("table", "Voltage | kV | 130\nFrequency | Hz | 50")]


def test_merged_headers_and_labels_stand_in_each_cell_they_cover(tmp_path: Path) -> None:
    rows = [
        ["Region", "Weight", None],
        ["North", "Red", 12],
        [None, "Blue", 7],
        ["Note", "one remark over two cells", None],
    ]
    assert tables(tmp_path, workbook(*rows, merged=("B1:C1", "A2:A3", "B4:C4"))) == [
        (
            "table",
            "Region | Weight | Weight\nNorth | Red | 12\nNorth | Blue | 7\nNote | one remark over two cells |",
        )
    ]
    titled = workbook(["The wall", None], ["Name", "Weight"], ["Red", 12], merged=("A1:B1",))
    assert tables(tmp_path, titled) == [("paragraph", "The wall"), ("table", "Name | Weight\nRed | 12")]


def test_hidden_and_blank_sheets_are_left_out_and_the_properties_kept(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    hidden = book.create_sheet("Hidden")
    hidden.append(["secret", "x"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Blank")
    book.properties.creator, book.properties.title, book.properties.keywords = "Ada; Bob", "The wall", "red, old"
    buffer = io.BytesIO()
    book.save(buffer)
    document = read(tmp_path, "book.xlsx", buffer.getvalue())
    assert blocks(document) == [("heading1", "Sheet"), ("table", "a | b")]
    assert (document.title, document.pages) == ("The wall", 3)
    assert (document.metadata["authors"], document.metadata["keywords"]) == (["Ada", "Bob"], ["red", "old"])


def test_old_workbooks_read_the_same(tmp_path: Path) -> None:
    document = read(tmp_path, "book.xls", SAMPLES["application/vnd.ms-excel"].make())
    assert blocks(document)[1:] == [("table", "Name | Weight\nRed | twelve")]


def test_a_locked_old_workbook_says_so(tmp_path: Path) -> None:
    content = SAMPLES["application/vnd.ms-excel"].make()
    start = content.index(b"\x85\x00", 1024)  # the sheet's record, behind the header and the directory
    filepass = b"\x2f\x00\x36\x00\x01\x00\x01\x00\x01\x00" + bytes(48)
    locked = content[:start] + filepass + content[start : -len(filepass)]
    with pytest.raises(PasswordProtected):
        read(tmp_path, "book.xls", locked)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('name;note\nred;"heavy; old"\n', "name | note\nred | heavy; old"),
        ("sep=|\na|b\n1|2\n", "a | b\n1 | 2"),
        ("a\tb\n1,5\t2\n", "a | b\n1,5 | 2"),
        ('a,b\n"two\nlines",2\n', "a | b\ntwo lines | 2"),
        ('a,b\n1,"never closed\n2,3\n', "a | b\n1 | never closed 2,3"),
        ("Stones\na,b\n1,2\n", "a | b\n1 | 2"),
        ("Industry\nFinance\nHealth\n", "Industry\nFinance\nHealth"),
        ("name,note\nred,with\u2028a separator\n", "name | note\nred | with a separator"),
    ],
)
def test_the_delimiter_is_the_one_that_parts_lines_evenly(content: str, rows: str, tmp_path: Path) -> None:
    assert blocks(read(tmp_path, "table.csv", content))[-1] == ("table", rows)
