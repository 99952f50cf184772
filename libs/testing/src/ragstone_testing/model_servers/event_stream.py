"""The binary framing of AWS's event streams: a prelude of two lengths, headers, a payload, and a checksum for each."""

import struct
import zlib
from collections.abc import Mapping

import orjson

_STRING = 7


def message(headers: Mapping[str, str], payload: object) -> bytes:
    """One message; the payload is sent as JSON."""
    body, head = orjson.dumps(payload), b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    framed = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + body
    return framed + struct.pack(">I", zlib.crc32(framed))


def event(kind: str, payload: object) -> bytes:
    named = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(named, payload)


def exception(kind: str, payload: object) -> bytes:
    named = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(named, payload)


def _header(name: str, value: str) -> bytes:
    """Lengths count bytes: one for the name's, two for the value's."""
    text = value.encode()
    return bytes([len(name)]) + name.encode() + bytes([_STRING]) + struct.pack(">H", len(text)) + text
