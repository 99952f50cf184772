"""Azure Document Intelligence, version 2024-11-30: analyze, operation, result. Polygons are in inches."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer, judged
from ragstone_testing.parser_servers.sample import PARTS, Part, Seen

_ANALYZE = "/documentintelligence/documentModels/prebuilt-layout:analyze"
_RESULTS = "/documentintelligence/documentModels/prebuilt-layout/analyzeResults/"
_WIDTH, _HEIGHT = 8.5, 11.0
_ROLES = {"title": "title", "heading": "sectionHeading", "header": "pageHeader", "footer": "pageNumber"}
_UNIT: dict[str, Callable[[str], int]] = {
    "unicodeCodePoint": len,
    "utf16CodeUnit": lambda text: len(text.encode("utf-16-le")) // 2,
}
_REFUSALS = {
    "broken": "The file is corrupted or format is unsupported. Refer to documentation for supported formats.",
    "locked": "The file submitted couldn't be parsed. It is encrypted or password protected.",
}


class RecordedAzure(RecordedServer):
    """``deleted`` holds the results that were deleted; offsets are in the unit the request asked for."""

    def __init__(self, key: str = "azure-key", url: str = "https://azure.test") -> None:
        super().__init__()
        self._key = key
        self._url = url
        self._open: dict[str, int] = {}
        self._units: dict[str, str] = {}
        self.deleted: list[str] = []

    def answer(self, received: Received) -> Answer:
        if received.headers.get("ocp-apim-subscription-key") != self._key:
            message = "Access denied due to invalid subscription key or wrong API endpoint."
            return Answer(401, {"error": {"code": "401", "message": message}})
        if (received.method, received.path) == ("POST", _ANALYZE):
            return self._analyze(received)
        result = received.path.removeprefix(_RESULTS)
        if result not in self._open:
            return Answer(404, {"error": {"code": "NotFound", "message": "Resource not found."}})
        if received.method == "DELETE":
            self.deleted.append(result)
            return Answer(204)
        return self._operation(result)

    def _analyze(self, received: Received) -> Answer:
        verdict = judged(received.body)
        if verdict != "readable":
            inner = {"code": "InvalidContent", "message": _REFUSALS[verdict]}
            return Answer(
                400, {"error": {"code": "InvalidRequest", "message": "Invalid request.", "innererror": inner}}
            )
        result = str(uuid.uuid4())
        self._open[result] = 2
        self._units[result] = received.query.get("stringIndexType", "utf16CodeUnit")
        version = received.query["api-version"]
        headers = {"operation-location": f"{self._url}{_RESULTS}{result}?api-version={version}", "retry-after": "0"}
        return Answer(202, b"", headers)

    def _operation(self, result: str) -> Answer:
        times = {"createdDateTime": "2026-11-02T10:00:00Z", "lastUpdatedDateTime": "2026-11-02T10:00:01Z"}
        if self._open[result]:
            self._open[result] -= 1
            return Answer(200, {"status": "running"} | times, {"retry-after": "0"})
        analysis = _Analysis(_UNIT[self._units[result]]).result(self._units[result])
        return Answer(200, {"status": "succeeded", "analyzeResult": analysis} | times)


class _Analysis:
    """The sample as one string with everything pointing into it."""

    def __init__(self, length: Callable[[str], int]) -> None:
        self._length = length
        self._content = ""
        self._paragraphs: list[dict[str, Any]] = []
        self._tables: list[dict[str, Any]] = []
        self._lines: dict[int, list[dict[str, Any]]] = {1: [], 2: []}

    def result(self, unit: str) -> dict[str, Any]:
        for part in PARTS:
            self._add_table(part) if part.kind == "table" else self._add(part)
        pages = [
            {
                "pageNumber": n,
                "angle": 0,
                "width": _WIDTH,
                "height": _HEIGHT,
                "unit": "inch",
                "lines": lines,
                "words": [],
            }
            for n, lines in self._lines.items()
        ]
        return {
            "apiVersion": "2024-11-30",
            "modelId": "prebuilt-layout",
            "stringIndexType": unit,
            "content": self._content,
            "contentFormat": "text",
            "pages": pages,
            "paragraphs": self._paragraphs,
            "tables": self._tables,
            "sections": [{"spans": [], "elements": ["/paragraphs/0"]}],
            "figures": [],
            "styles": [],
        }

    def _add(self, part: Part) -> None:
        for group in self._groups(part):
            spans = [self._line(line, part.page) for line in group]
            whole = Part(part.kind, part.page, tuple(group)).around
            role = {"role": _ROLES[part.kind]} if part.kind in _ROLES else {}
            self._paragraphs.append(role | self._told(whole, part.page, spans))

    def _groups(self, part: Part) -> Iterator[Sequence[Seen]]:
        """Each item of a list is a paragraph of its own."""
        if part.kind == "list":
            yield from ((line,) for line in part.lines)
        else:
            yield part.lines

    def _add_table(self, part: Part) -> None:
        cells, spans = [], []
        for row, texts in enumerate(part.rows):
            for column, seen in enumerate(texts):
                span = self._line(seen, part.page)
                spans.append(span)
                told = self._told(seen, part.page, [span])
                self._paragraphs.append(told)
                kind = {"kind": "columnHeader"} if row == 0 else {}
                cells.append(kind | {"rowIndex": row, "columnIndex": column, "elements": []} | told)
        whole = {"boundingRegions": [{"pageNumber": part.page, "polygon": _polygon(part.around)}]}
        sizes = {"rowCount": len(part.rows), "columnCount": len(part.rows[0])}
        self._tables.append(sizes | whole | {"cells": cells, "spans": [_joined(spans)]})

    def _line(self, seen: Seen, page: int) -> dict[str, int]:
        self._content += "\n" if self._content else ""
        span = {"offset": self._length(self._content), "length": self._length(seen.text)}
        self._content += seen.text
        self._lines[page].append({"content": seen.text, "polygon": _polygon(seen), "spans": [span]})
        return span

    def _told(self, seen: Seen, page: int, spans: list[dict[str, int]]) -> dict[str, Any]:
        regions = [{"pageNumber": page, "polygon": _polygon(seen)}]
        return {"content": seen.text, "boundingRegions": regions, "spans": [_joined(spans)]}


def _joined(spans: list[dict[str, int]]) -> dict[str, int]:
    start = spans[0]["offset"]
    return {"offset": start, "length": spans[-1]["offset"] + spans[-1]["length"] - start}


def _polygon(seen: Seen) -> list[float]:
    return [number for x, y in seen.corners for number in (x * _WIDTH, y * _HEIGHT)]
