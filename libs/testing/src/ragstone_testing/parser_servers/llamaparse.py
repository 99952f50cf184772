"""LlamaParse, version 2 of the API: upload, job, items."""

import re
import uuid
from typing import Any

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer, judged
from ragstone_testing.parser_servers.sample import PARTS, Part, Seen

_WIDTH, _HEIGHT = 612.0, 792.0
_FAILURES = {"locked": "The document is password protected", "broken": "The file is corrupted and cannot be opened"}
_JOB = re.compile(r"/api/v2/parse/([\w-]+)(/cancel)?")


class RecordedLlamaParse(RecordedServer):
    """A job is PENDING, then RUNNING, then done; ``cancelled`` holds the ids of those called off."""

    def __init__(self, key: str = "llx-key") -> None:
        super().__init__()
        self._key = key
        self._jobs: dict[str, list[str]] = {}
        self._verdicts: dict[str, str] = {}
        self.cancelled: list[str] = []
        self.stuck = False

    def answer(self, received: Received) -> Answer:
        if received.headers.get("authorization") != f"Bearer {self._key}":
            return Answer(401, {"detail": "Invalid authentication token"})
        if (received.method, received.path) == ("POST", "/api/v2/parse/upload"):
            return self._upload(received)
        found = _JOB.fullmatch(received.path)
        if not found or found[1] not in self._jobs:
            return Answer(404, {"detail": "Parse job not found"})
        if found[2]:
            self.cancelled.append(found[1])
            return Answer(200, self._job(found[1], "CANCELLED"))
        return self._poll(found[1], received.query.get("expand", ""))

    def _upload(self, received: Received) -> Answer:
        if not {"file", "configuration"} <= set(received.form):
            return Answer(422, {"detail": [{"type": "missing", "loc": ["body", "file"], "msg": "Field required"}]})
        job = f"pjb-{uuid.uuid4()}"
        self._jobs[job] = ["PENDING", "RUNNING"]
        self._verdicts[job] = judged(received.form["file"][1])
        return Answer(200, self._job(job, "PENDING"))

    def _poll(self, job: str, expand: str) -> Answer:
        if self.stuck or self._jobs[job]:
            status = "RUNNING" if self.stuck else self._jobs[job].pop(0)
            return Answer(200, {"job": self._job(job, status)})
        if self._verdicts[job] != "readable":
            failed = self._job(job, "FAILED") | {"error_message": _FAILURES[self._verdicts[job]]}
            return Answer(200, {"job": failed})
        items = {"items": {"pages": [_page(1), _page(2)]}} if "items" in expand.split(",") else {}
        return Answer(200, {"job": self._job(job, "COMPLETED")} | items)

    def _job(self, job: str, status: str) -> dict[str, Any]:
        return {
            "id": job,
            "project_id": "prj-1",
            "status": status,
            "error_message": None,
            "created_at": "2026-11-02T10:00:00Z",
            "updated_at": "2026-11-02T10:00:01Z",
            "tier": "cost_effective",
        }


def _page(number: int) -> dict[str, Any]:
    items = [_item(part) for part in PARTS if part.page == number]
    return {"page_number": number, "page_width": _WIDTH, "page_height": _HEIGHT, "items": items, "success": True}


def _item(part: Part) -> dict[str, Any]:
    whole = part.around
    if part.kind in ("title", "heading"):
        level = 1 if part.kind == "title" else 2
        return {"type": "heading", "level": level, "md": f"{'#' * level} {whole.text}"} | _value(whole)
    if part.kind == "list":
        entries = [{"type": "text", "md": one.text} | _value(one) for one in part.lines]
        return {"type": "list", "ordered": False, "items": entries, "md": "", "bbox": _bbox(whole)}
    if part.kind == "table":
        return _table(part)
    if part.kind in ("header", "footer"):
        return {"type": part.kind, "md": "", "items": [_text(one) for one in part.lines], "bbox": _bbox(whole)}
    return _text(whole)


def _table(part: Part) -> dict[str, Any]:
    rows = [[_cell(cell.text) for cell in row] for row in part.rows]
    md = "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    csv = "\n".join(",".join(str(cell) for cell in row) for row in rows)
    return {"type": "table", "rows": rows, "md": md, "csv": csv, "html": "<table></table>", "bbox": _bbox(part.around)}


def _cell(text: str) -> str | float | int:
    """Numbers come as numbers."""
    number = float(text) if re.fullmatch(r"[\d.]+", text) else None
    if number is None:
        return text
    return int(number) if number.is_integer() else number


def _text(seen: Seen) -> dict[str, Any]:
    return {"type": "text", "md": seen.text} | _value(seen)


def _value(seen: Seen) -> dict[str, Any]:
    return {"value": seen.text, "bbox": _bbox(seen)}


def _bbox(seen: Seen) -> list[dict[str, Any]]:
    x0, y0, x1, y1 = seen.box
    box = {"x": x0 * _WIDTH, "y": y0 * _HEIGHT, "w": (x1 - x0) * _WIDTH, "h": (y1 - y0) * _HEIGHT}
    return [box | {"label": "text", "confidence": 0.99, "startIndex": 0, "endIndex": len(seen.text)}]
