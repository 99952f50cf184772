"""Amazon Textract and the bucket it reads from. Signatures are checked for their form and the body they cover."""

import base64
import hashlib
import re
import uuid
from typing import Any

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer, judged
from ragstone_testing.parser_servers.sample import PARTS, Part, Seen

_LAYOUT = {
    "header": "LAYOUT_HEADER",
    "title": "LAYOUT_TITLE",
    "heading": "LAYOUT_SECTION_HEADER",
    "paragraph": "LAYOUT_TEXT",
    "list": "LAYOUT_LIST",
    "table": "LAYOUT_TABLE",
    "footer": "LAYOUT_PAGE_NUMBER",
}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/\d{8}/eu-central-1/(textract|s3)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}"
)
_TARGET = "Textract."
_PIECE = 40


class RecordedTextract(RecordedServer):
    """``objects`` is the bucket's content now; ``jobs`` the analyses begun, with the object each reads."""

    def __init__(self, key_id: str = "AKIDEXAMPLE") -> None:
        super().__init__()
        self._key_id = key_id
        self.objects: dict[str, bytes] = {}
        self.jobs: dict[str, str] = {}
        self._running: dict[str, int] = {}

    def answer(self, received: Received) -> Answer:
        refusal = self._refusal(received)
        if refusal is not None:
            return refusal
        target = received.headers.get("x-amz-target", "").removeprefix(_TARGET)
        actions = {
            "AnalyzeDocument": self._analyze,
            "StartDocumentAnalysis": self._start,
            "GetDocumentAnalysis": self._get,
        }
        return actions[target](received.json()) if target in actions else self._bucket(received)

    def _refusal(self, received: Received) -> Answer | None:
        found = _AUTHORIZATION.fullmatch(received.headers.get("authorization", ""))
        if found is None:
            return _error("MissingAuthenticationTokenException", "Missing Authentication Token")
        signed = set(found[3].split(";"))
        if not {"host", "x-amz-date"} <= signed or not signed <= set(received.headers):
            return _error("InvalidSignatureException", "The request signature we calculated does not match.")
        digest = hashlib.sha256(received.body).hexdigest()
        if found[2] == "s3" and received.headers.get("x-amz-content-sha256") != digest:
            return Answer(400, b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
        if found[1] != self._key_id and found[2] == "s3":
            return Answer(403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
        if found[1] != self._key_id:
            return _error("UnrecognizedClientException", "The security token included in the request is invalid.")
        return None

    def _bucket(self, received: Received) -> Answer:
        if received.method == "PUT":
            self.objects[received.path] = received.body
            return Answer(200)
        self.objects.pop(received.path, None)
        return Answer(204)

    def _analyze(self, asked: dict[str, Any]) -> Answer:
        """A single page: the first of the sample, unless the file says that it has two."""
        content = base64.b64decode(asked["Document"]["Bytes"], validate=True)
        if judged(content) == "readable" and b"two pages" in content:
            return _error("UnsupportedDocumentException", "Request has unsupported document format")
        blocks = [block for block in _blocks() if block.get("Page") == 1]
        for block in blocks:
            del block["Page"]
        metadata = {"DocumentMetadata": {"Pages": 1}, "AnalyzeDocumentModelVersion": "1.0"}
        return _rejection(content) or Answer(200, {"Blocks": blocks} | metadata)

    def _start(self, asked: dict[str, Any]) -> Answer:
        place = asked["DocumentLocation"]["S3Object"]
        name = f"/{place['Bucket']}/{place['Name']}"
        if name not in self.objects:
            return _error("InvalidS3ObjectException", "Unable to get object metadata from S3.")
        rejection = _rejection(self.objects[name])
        if rejection is not None:
            return rejection
        job = hashlib.sha256(name.encode()).hexdigest()
        self.jobs[job], self._running[job] = name, 1
        return Answer(200, {"JobId": job})

    def _get(self, asked: dict[str, Any]) -> Answer:
        job = asked["JobId"]
        if self._running[job]:
            self._running[job] -= 1
            return Answer(200, {"JobStatus": "IN_PROGRESS", "AnalyzeDocumentModelVersion": "1.0"})
        blocks, start = _blocks(), int(asked.get("NextToken", "0"))
        following = {"NextToken": str(start + _PIECE)} if start + _PIECE < len(blocks) else {}
        metadata = {"DocumentMetadata": {"Pages": 2}, "JobStatus": "SUCCEEDED"}
        return Answer(200, {"Blocks": blocks[start : start + _PIECE]} | metadata | following)


def _rejection(content: bytes) -> Answer | None:
    verdict = judged(content)
    if verdict == "locked":
        return _error("BadDocumentException", "The document is password protected and could not be processed")
    return _error("UnsupportedDocumentException", "Unsupported document format") if verdict == "broken" else None


def _error(name: str, message: str) -> Answer:
    return Answer(400, {"__type": f"com.amazonaws.textract#{name}", "Message": message})


def _blocks() -> list[dict[str, Any]]:
    """The pages, their lines and words, the layout over the lines, the tables beside them."""
    return [block for page in (1, 2) for block in _page(page)]


def _page(number: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def add(kind: str, seen: Seen, children: list[str] | None = None, **more: Any) -> str:
        block_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{len(made)}"))
        block = {"BlockType": kind, "Id": block_id, "Geometry": _geometry(seen), "Confidence": 99.5, "Page": number}
        related = [{"Type": "CHILD", "Ids": children}] if children else None
        made.append(block | ({"Relationships": related} if related else {}) | more)
        return block_id

    parts = [part for part in PARTS if part.page == number]
    tops: list[str] = []
    for part in parts:
        words = [[add("WORD", seen, Text=word, TextType="PRINTED") for word in seen.text.split()] for seen in part.seen]
        lines = [add("LINE", one, ids, Text=one.text) for one, ids in zip(part.seen, words, strict=True)]
        children = lines
        if part.kind == "list":
            children = [add("LAYOUT_TEXT", one, [line]) for one, line in zip(part.lines, lines, strict=True)]
        tops += [*lines, *(children if part.kind == "list" else []), add(_LAYOUT[part.kind], part.around, children)]
        if part.kind == "table":
            tops.append(_add_table(add, part, words))
    page = add("PAGE", Seen("", (0.0, 0.0, 1.0, 1.0)), tops)
    return [block for block in made if block["Id"] == page] + [block for block in made if block["Id"] != page]


def _add_table(add: Any, part: Part, words: list[list[str]]) -> str:
    remaining = iter(words)
    cells = [
        add("CELL", cell, next(remaining), RowIndex=row, ColumnIndex=column, RowSpan=1, ColumnSpan=1)
        for row, cells in enumerate(part.rows, 1)
        for column, cell in enumerate(cells, 1)
    ]
    return str(add("TABLE", part.around, cells, EntityTypes=["STRUCTURED_TABLE"]))


def _geometry(seen: Seen) -> dict[str, Any]:
    x0, y0, x1, y1 = seen.box
    box = {"Left": x0, "Top": y0, "Width": x1 - x0, "Height": y1 - y0}
    return {"BoundingBox": box, "Polygon": [{"X": x, "Y": y} for x, y in seen.corners], "RotationAngle": 0.0}
