"""Unstructured's partition endpoint. Coordinates are pixels of the image the page was read from."""

import hashlib
from collections.abc import Iterator
from typing import Any

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer, judged
from ragstone_testing.parser_servers.sample import PARTS, Part, Seen

_WIDTH, _HEIGHT = 1700, 2200
_TYPES = {
    "header": "Header",
    "footer": "PageNumber",
    "title": "Title",
    "heading": "Title",
    "paragraph": "NarrativeText",
    "list": "ListItem",
    "table": "Table",
}
_REFUSALS = {
    "locked": "File is encrypted. Please decrypt it with password.",
    "broken": "File does not appear to be a valid PDF. Error: EOF marker not found",
}


class RecordedUnstructured(RecordedServer):
    def __init__(self, key: str = "unstructured-key") -> None:
        super().__init__()
        self._key = key

    def answer(self, received: Received) -> Answer:
        if received.headers.get("unstructured-api-key") != self._key:
            return Answer(401, {"detail": "API key is malformed, please type the API key correctly in the header."})
        if (received.method, received.path) != ("POST", "/general/v0/general"):
            return Answer(404, {"detail": "Not Found"})
        if "files" not in received.form:
            return Answer(400, {"detail": 'Request parameter "files" is required.\n'})
        filename, content = received.form["files"]
        verdict = judged(content)
        if verdict != "readable":
            return Answer(422, {"detail": _REFUSALS[verdict]})
        coordinates = received.form.get("coordinates") == "true"
        return Answer(200, [_element(part, seen, filename, coordinates) for part in PARTS for seen in _elements(part)])


def _elements(part: Part) -> Iterator[Seen]:
    """Each item of a list is an element of its own."""
    if part.kind == "list":
        yield from part.lines
    else:
        yield part.around


def _element(part: Part, seen: Seen, filename: str, coordinates: bool) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "filetype": "application/pdf",
        "languages": ["eng"],
        "page_number": part.page,
        "filename": filename,
    }
    if part.kind in ("title", "heading"):
        metadata["category_depth"] = int(part.kind == "heading")
    if part.kind == "table":
        rows = "".join(f"<tr>{''.join(f'<td>{cell.text}</td>' for cell in row)}</tr>" for row in part.rows)
        metadata["text_as_html"] = f"<table><tbody>{rows}</tbody></table>"
    if coordinates:
        # Counter-clockwise from the top left, unlike all others.
        points = [(x * _WIDTH, y * _HEIGHT) for x, y in (seen.corners[index] for index in (0, 3, 2, 1))]
        system = {"system": "PixelSpace", "layout_width": _WIDTH, "layout_height": _HEIGHT}
        metadata["coordinates"] = {"points": points} | system
    element_id = hashlib.sha256(seen.text.encode()).hexdigest()[:32]
    return {"type": _TYPES[part.kind], "element_id": element_id, "text": seen.text, "metadata": metadata}
