"""Tables as text: comma, semicolon, tab or whatever else parts the values."""

import csv
from collections import Counter
from collections.abc import Iterable
from io import StringIO
from itertools import islice
from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import EmptyDocument
from ragstone_ingestion.parsers.canonical import CanonicalText
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.grids import add_table
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_DELIMITERS = ",;\t|:"
_SAMPLE_LINES = 100
_MAX_FIELD = 16 * 1024 * 1024
_NAMED_DELIMITER = "sep="


class DelimitedParser:
    """One table with its header as the first row; blank rows are left out."""

    media_types = frozenset({"text/csv", "text/tab-separated-values"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            rows = _rows(decode(source.read_bytes()))
            if not rows:
                raise EmptyDocument("the file holds no values")
            add_table(canonical, rows)
        return canonical.document()


def _rows(text: str) -> list[list[str]]:
    csv.field_size_limit(_MAX_FIELD)
    first, _, rest = text.partition("\n")
    first = first.strip()
    if first.lower().startswith(_NAMED_DELIMITER) and len(first) == len(_NAMED_DELIMITER) + 1:
        return _read(rest, first[-1])
    sample = "".join(islice(StringIO(text, newline=""), _SAMPLE_LINES))
    return _read(text, max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter)))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """How well the delimiter parts the lines: the share that have the commonest number of columns, and that number."""
    widths = Counter(len(row) for row in _read(sample, delimiter))
    width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
    return (count / widths.total(), width) if width > 1 else (0, 0)


def _read(text: str, delimiter: str) -> list[list[str]]:
    """The rows that hold anything; a quotation mark that is never closed is one like any other character."""
    try:
        return _filled(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return _filled(csv.reader(StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _filled(rows: Iterable[list[str]]) -> list[list[str]]:
    return [row for row in rows if any(map(str.strip, row))]
