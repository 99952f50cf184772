"""Workbooks, old and new: a heading per sheet, its tables below."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, PasswordProtected
from ragstone_ingestion.parsers.archives import check_archive, opened
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.compound_files import COMPOUND_FILE, XLS, type_of_compound_file
from ragstone_ingestion.parsers.grids import Grid, add_grid, spread
from ragstone_ingestion.parsers.office_properties import office_properties
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_MAX_MERGED_CELLS = 100_000
_EXACT_DIGITS = ".15g"
"""As many digits as a spreadsheet shows: 0.1 + 0.2 is 0.3 there."""


class SpreadsheetParser:
    """Reads values, formulas by their last result. Hidden sheets and comments are left out."""

    media_types = frozenset({XLS, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        content = source.read_bytes()
        if content.startswith(COMPOUND_FILE):
            type_of_compound_file(content, filename)
            title, stated = None, dict[str, Any]()
        else:
            check_archive(source)
            with opened(source) as archive:
                title, stated = office_properties(archive)
        canonical = CanonicalText()
        with damage_is_rejected(filename), _as_rejections(filename):
            sheets = _add_sheets(canonical, content)
        return canonical.document(title, sheets, **stated)


@contextmanager
def _as_rejections(filename: str) -> Iterator[None]:
    try:
        yield
    except PasswordError:
        raise PasswordProtected(f"{filename} is encrypted") from None
    except BaseException as error:
        # The library is compiled: a failed assertion inside it is no Exception, and still the document's fault.
        if isinstance(error, Exception) or type(error).__name__ != "PanicException":
            raise
        raise CorruptDocument(f"{filename} cannot be read as a workbook") from error


def _add_sheets(canonical: CanonicalText, content: bytes) -> int:
    """Appends every visible sheet that holds anything; returns how many sheets there are."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    for page, sheet in enumerate(book.sheets_metadata, start=1):
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
            grid = _grid(book.get_sheet_by_index(page - 1))
            if grid:
                canonical.add(BlockKind.HEADING, one_line(sheet.name), level=1, page=page)
            add_grid(canonical, grid, page)
    return len(book.sheets_metadata)


def _grid(sheet: CalamineSheet) -> Grid:
    grid = [[_text(value) for value in row] for row in sheet.to_python()]
    top, left = sheet.start or (0, 0)
    budget = _MAX_MERGED_CELLS
    for (first, start), (last, end) in sheet.merged_cell_ranges or []:
        budget -= (last - first + 1) * (end - start + 1)
        if budget > 0 and first >= top and start >= left:
            spread(grid, (first - top, start - left), (last - top, end - left))
    return grid


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(value, _EXACT_DIGITS)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
