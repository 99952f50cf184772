"""What kind of document it is, only when it says so."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.document_words import hinted_kind, named_kind
from ragstone_ingestion.metadata.finding import Finding, Passage, lowered
from ragstone_ingestion.metadata.view import View, names_document

PERIODIC = frozenset({"annual_report", "quarterly_report", "half_year_report", "earnings_release"})
FINANCIAL = PERIODIC | {"current_report"}
_BY_EXTENSION = {
    **dict.fromkeys((".eml", ".msg"), "email"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"), "slides"),
}
_MAIL_FIELDS = ("from:", "to:", "subject:", "date:", "sent:", "von:", "an:", "betreff:", "cc:")
_MIN_MAIL_FIELDS = 3
_LINES = 8


def document_type_of(view: View) -> list[Finding]:
    found = [*_by_extension(view), *_by_title(view), *_by_name(view)]
    for number, line in enumerate(view.cover[:_LINES]):
        if names_document(line):
            found += _named(line, 0.8 if line.heading or number == 0 else 0.65)
    return [*found, *_form(view), *_mail(view), *_paper(view), *_press(view)]


def _by_extension(view: View) -> Iterator[Finding]:
    kind = _BY_EXTENSION.get(view.extension)
    if kind:
        yield Finding("document_type", kind, 0.9, "filename", view.extension)


def _by_title(view: View) -> Iterator[Finding]:
    if view.title and names_document(view.title):
        yield from _named(view.title, 0.85)


def _named(passage: Passage, confidence: float) -> Iterator[Finding]:
    """The kind a passage names. "Travel Policy" is one, "our remote work policy" is about one."""
    named = named_kind(lowered(passage.text))
    if named and (named[1][0] == 0 or not passage.text[named[1][0]].islower()):
        yield passage.find("document_type", named[0], named[1], confidence)


def _by_name(view: View) -> Iterator[Finding]:
    name = lowered(view.name.text)
    named, hinted = named_kind(name), hinted_kind(name)
    if named:
        yield view.name.find("document_type", named[0], named[1], 0.7)
    elif hinted:
        (kind, span), certain = hinted
        yield view.name.find("document_type", kind, span, 0.75 if certain else 0.55)


_FORM = re.compile(r"\bform\s+(10-?[kq]|8-?k|20-?f)\b")
_FORMS = {"k": "annual_report", "f": "annual_report", "q": "quarterly_report"}


def _form(view: View) -> Iterator[Finding]:
    """A form of the US Securities and Exchange Commission, by its cover."""
    if "exchange commission" not in view.lower:
        return
    match = _FORM.search(view.lower)
    if match:
        form = match.group(1)
        kind = "current_report" if form.startswith("8") else _FORMS[form[-1]]
        yield Passage(view.head, "text", 0).find("document_type", kind, match.span(), 0.97)


def _mail(view: View) -> Iterator[Finding]:
    heads = [line for line in view.cover[:_LINES] if line.text.lower().startswith(_MAIL_FIELDS)]
    if len(heads) >= _MIN_MAIL_FIELDS:
        yield heads[0].find("document_type", "email", (0, len(heads[0].text)), 0.9)


_ABSTRACT = re.compile(r"(?:^|\n)(abstract|zusammenfassung|résumé)\b[ .:—–-]*\n?")
_SCHOLARLY = re.compile(
    r"\b(?:arxiv:\d|doi[: ]|doi\.org/10\.|references\n|keywords\b|index terms|introduction\n|et al\.)"
)


def _paper(view: View) -> Iterator[Finding]:
    if not any(word in view.lower for word in ("abstract", "zusammenfassung", "résumé")):
        return
    match = _ABSTRACT.search(view.lower[:5000])
    if match:
        marks = len(set(_SCHOLARLY.findall(view.lower)))
        if marks:
            confidence = 0.7 if marks == 1 else 0.85
            yield Passage(view.head, "text", 0).find("document_type", "paper", match.span(1), confidence)


def _press(view: View) -> Iterator[Finding]:
    position = view.lower.find("for immediate release", 0, 1000)
    if position >= 0:
        span = (position, position + len("for immediate release"))
        yield Passage(view.head, "text", 0).find("document_type", "press_release", span, 0.9)
