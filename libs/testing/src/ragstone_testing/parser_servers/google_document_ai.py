"""Google Document AI: the processors ``ocr`` and ``layout`` of one project. Defaults are left out, as protobuf does."""

import base64
from collections.abc import Callable
from typing import Any

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer, judged
from ragstone_testing.parser_servers.sample import PARTS, Part, Seen

PROCESSORS = "/v1/projects/wall/locations/eu/processors/"
TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_WIDTH, _HEIGHT = 1700, 2200
_REFUSALS = {"locked": "PDF is password-protected.", "broken": "Unsupported input file format."}


class RecordedDocumentAi(RecordedServer):
    def __init__(self, token: str = "ya29.token") -> None:
        super().__init__()
        self._token = token

    def answer(self, received: Received) -> Answer:
        if received.path == TOKEN_PATH:
            return self._new_token(received)
        if received.headers.get("authorization") != f"Bearer {self._token}":
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            return _error(401, "UNAUTHENTICATED", message, "ACCESS_TOKEN_TYPE_UNSUPPORTED")
        name = received.path.removeprefix(PROCESSORS)
        if received.method != "POST" or name not in ("ocr:process", "layout:process"):
            return _error(404, "NOT_FOUND", "Processor is not found.", "RESOURCE_NOT_FOUND")
        verdict = judged(base64.b64decode(received.json()["rawDocument"]["content"], validate=True))
        if verdict != "readable":
            return _error(400, "INVALID_ARGUMENT", _REFUSALS[verdict], "INVALID_INPUT")
        document = _read_document() if name.startswith("ocr") else _layout_document()
        return Answer(200, {"document": document, "humanReviewStatus": {"state": "SKIPPED"}})

    def _new_token(self, received: Received) -> Answer:
        if received.headers.get("metadata-flavor") != "Google":
            return Answer(403, b"<html>Missing required header: Metadata-Flavor</html>")
        return Answer(200, {"access_token": self._token, "expires_in": 3599, "token_type": "Bearer"})


def _error(status: int, name: str, message: str, reason: str) -> Answer:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    return Answer(status, {"error": {"code": status, "message": message, "status": name, "details": [info]}})


def _read_document() -> dict[str, Any]:
    """What reading (OCR) and forms answer: a text, and layouts that point into it."""
    text, pages = "", []
    for number in (1, 2):
        page: dict[str, Any] = {
            "pageNumber": number,
            "dimension": {"width": _WIDTH, "height": _HEIGHT, "unit": "pixels"},
            "lines": [],
            "paragraphs": [],
            "tables": [],
        }
        for part in (part for part in PARTS if part.page == number):
            anchored = []
            for seen in part.seen:
                anchored.append((seen, (len(text), len(text) + len(seen.text) + 1)))
                text += f"{seen.text}\n"
            _add(page, part, anchored)
        pages.append(page)
    return {"mimeType": "application/pdf", "text": text, "pages": pages}


_Anchored = list[tuple[Seen, tuple[int, int]]]


def _add(page: dict[str, Any], part: Part, anchored: _Anchored) -> None:
    page["lines"] += [{"layout": _layout(seen, span), "detectedLanguages": []} for seen, span in anchored]
    if part.kind in ("list", "table"):
        page["paragraphs"] += [{"layout": _layout(seen, span)} for seen, span in anchored]
    else:
        span = anchored[0][1][0], anchored[-1][1][1]
        page["paragraphs"].append({"layout": _layout(part.around, span)})
    if part.kind == "table":
        page["tables"].append(_table(part, anchored))


def _table(part: Part, anchored: _Anchored) -> dict[str, Any]:
    cells = iter(anchored)
    rows = [
        {"cells": [{"layout": _layout(*next(cells)), "rowSpan": 1, "colSpan": 1} for _ in row]} for row in part.rows
    ]
    span = anchored[0][1][0], anchored[-1][1][1]
    return {"layout": _layout(part.around, span), "headerRows": rows[:1], "bodyRows": rows[1:]}


def _layout(seen: Seen, span: tuple[int, int]) -> dict[str, Any]:
    segment = {"startIndex": str(span[0]), "endIndex": str(span[1])}
    if span[0] == 0:
        del segment["startIndex"]
    return {
        "textAnchor": {"textSegments": [segment]},
        "confidence": 0.98,
        "boundingPoly": {"normalizedVertices": _vertices(seen)},
        "orientation": "PAGE_UP",
    }


def _vertices(seen: Seen) -> list[dict[str, float]]:
    return [{axis: value for axis, value in zip("xy", corner, strict=True) if value} for corner in seen.corners]


def _layout_document() -> dict[str, Any]:
    """What the layout parser answers: blocks within blocks."""
    count = 0

    def block(part: Part, seen: Seen, **content: Any) -> dict[str, Any]:
        nonlocal count
        count += 1
        span = {"pageStart": part.page, "pageEnd": part.page}
        polygon = {"normalizedVertices": _vertices(seen)}
        return {"blockId": str(count), "pageSpan": span, "boundingBox": polygon} | content

    def text(part: Part, seen: Seen, kind: str, blocks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return block(part, seen, textBlock={"text": seen.text, "type": kind} | ({"blocks": blocks} if blocks else {}))

    header, title, heading, paragraph, listing, table, footer, last = PARTS
    entries = [{"blocks": [text(listing, line, "paragraph")]} for line in listing.lines]
    below = [
        text(paragraph, paragraph.around, "paragraph"),
        block(listing, listing.around, listBlock={"listEntries": entries, "type": "unordered"}),
        block(table, table.around, tableBlock=_table_block(table, text)),
    ]
    blocks = [
        text(header, header.around, "header"),
        text(title, title.around, "heading-1", [text(heading, heading.around, "heading-2", below)]),
        text(footer, footer.around, "footer"),
        text(last, last.around, "paragraph"),
    ]
    return {"mimeType": "application/pdf", "documentLayout": {"blocks": blocks}}


def _table_block(table: Part, text: Callable[[Part, Seen, str], dict[str, Any]]) -> dict[str, Any]:
    rows = [
        {"cells": [{"blocks": [text(table, cell, "paragraph")], "rowSpan": 1, "colSpan": 1} for cell in row]}
        for row in table.rows
    ]
    return {"headerRows": rows[:1], "bodyRows": rows[1:]}
