"""What goes over the pipes of a parser process: frames of JSON, each behind its length in four bytes.

Never pickle: the child reads hostile files, so what it sends is data to be validated.
"""

import struct
from typing import BinaryIO

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.model import Wire

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class Request(Wire):
    source: str
    filename: str
    media_type: str


class Answer(Wire):
    """One of: a document, a rejection (``code`` and ``detail``), or a ``failure`` of the service itself.

    ``trace`` is for the log; ``closing`` says that the process ends after this answer.
    """

    document: ParsedDocument | None = None
    code: str | None = None
    detail: str = ""
    failure: bool = False
    trace: str = ""
    closing: bool = False


class Ready(Wire):
    """The first frame of a process: it has confined itself and takes requests."""

    isolated_network: bool


def frame(payload: bytes) -> bytes:
    return _LENGTH.pack(len(payload)) + payload


def frame_length(prefix: bytes) -> int:
    return int(_LENGTH.unpack(prefix)[0])


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame's payload, or None at the end of the stream."""
    prefix = stream.read(LENGTH_BYTES)
    if len(prefix) < LENGTH_BYTES:
        return None
    payload = stream.read(length := frame_length(prefix))
    return payload if len(payload) == length else None


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    stream.write(frame(payload))
    stream.flush()
