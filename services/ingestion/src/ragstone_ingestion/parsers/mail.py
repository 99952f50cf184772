"""E-mail as sent: the subject, who wrote when to whom, the text with its quotations, the names of attachments."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.html_text import add_html
from ragstone_ingestion.parsers.plain_structure import parts_of
from ragstone_ingestion.parsers.properties import properties
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_SHOWN = ("From", "To", "Cc", "Date")
_MAX_DEPTH = 8
_NAME = re.compile(r'^\s*"?([^"<]+?)"?\s*<')


class MailParser:
    """The plain text where there is one, else the HTML. A forwarded message follows with its own headers."""

    media_types = frozenset({"message/rfc822"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            message = BytesParser(policy=policy.default).parsebytes(source.read_bytes().lstrip())
            assert isinstance(message, EmailMessage)
            _add_message(canonical, message, 1)
            return canonical.document(_header(message, "Subject"), **_stated(message))


def _stated(message: EmailMessage) -> dict[str, Any]:
    """The metadata; ``recipients`` besides what every format states."""
    sender = _header(message, "From")
    name = _NAME.match(sender)
    stated = properties(
        {
            "authors": [name[1] if name else sender],
            "created": _sent(message),
            "language": _header(message, "Content-Language"),
            "keywords": _header(message, "Keywords"),
        }
    )
    recipients = [to for to in (_header(message, "To"), _header(message, "Cc")) if to]
    return stated | ({"recipients": recipients} if recipients else {})


def _sent(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(_header(message, "Date"))
    except ValueError:
        return None


def _header(message: EmailMessage, name: str) -> str:
    """The header's text, decoded; a broken one as it stands."""
    try:
        value = message.get(name)
    except Exception:  # noqa: BLE001 - the library's header parser raises anything on broken headers
        value = next((raw for key, raw in message.raw_items() if key.lower() == name.lower()), None)
    return one_line(str(value or ""))


def _add_message(canonical: CanonicalText, message: EmailMessage, depth: int) -> None:
    subject = _header(message, "Subject")
    canonical.add(BlockKind.TITLE if depth == 1 else BlockKind.HEADING, subject, level=None if depth == 1 else depth)
    shown = [(name, _header(message, name)) for name in _SHOWN]
    canonical.add(BlockKind.PARAGRAPH, "\n".join(f"{name}: {value}" for name, value in shown if value))
    parts = list(_leaves(message))
    for part in _bodies(parts):
        _add_body(canonical, part)
    for inner in _inner_messages(message):
        if depth < _MAX_DEPTH:
            _add_message(canonical, inner, depth + 1)
    names = [one_line(str(part.get_filename())) for part in parts if part.get_filename()]
    for name in names:
        canonical.add(BlockKind.LIST_ITEM, f"- Attachment: {name}")


def _leaves(message: MIMEPart) -> Iterator[MIMEPart]:
    """The parts without parts, those of forwarded messages left to these."""
    if message.get_content_maintype() == "multipart":
        for part in message.iter_parts():
            yield from _leaves(part)
    elif message.get_content_type() != "message/rfc822":
        yield message


def _inner_messages(message: MIMEPart) -> Iterator[EmailMessage]:
    if message.get_content_type() == "message/rfc822":
        yield from (part for part in message.iter_parts() if isinstance(part, EmailMessage))
    elif message.is_multipart():
        for part in message.iter_parts():
            yield from _inner_messages(part)


def _bodies(parts: list[MIMEPart]) -> list[MIMEPart]:
    texts = [part for part in parts if part.get_content_maintype() == "text" and not part.is_attachment()]
    plain = [part for part in texts if part.get_content_subtype() != "html" and _text(part).strip()]
    return plain or [part for part in texts if part.get_content_subtype() == "html"]


def _add_body(canonical: CanonicalText, part: MIMEPart) -> None:
    if part.get_content_subtype() == "html":
        before = len(canonical.blocks)
        add_html(canonical, _text(part))
        canonical.lower_headings(before)
        return
    for found in parts_of(_text(part).replace("\r\n", "\n").replace("\r", "\n")):
        canonical.add(found.kind, found.text, level=found.level and found.level + 1)


def _text(part: MIMEPart) -> str:
    """The part's text in the encoding it states, or in the one its bytes speak for."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    stated = part.get_content_charset()
    try:
        return raw.decode(stated) if stated else decode(raw)
    except (LookupError, UnicodeDecodeError):
        return decode(raw)
