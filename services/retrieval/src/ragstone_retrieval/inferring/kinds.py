"""Kinds of documents, versions and sections in a question."""

import re
from collections.abc import Iterator

from ragstone_retrieval.inferring.lexicon import Lexicon
from ragstone_retrieval.inferring.question import Question, key_words
from ragstone_retrieval.inferring.reading import Reading

_STRONG, _WEAK, _EXPLICIT = 0.75, 0.5, 0.85
_WORDS = {
    "annual_report": (
        r"annual reports?|form 10-?k|10-?ks?|form 20-?f|20-?fs?|geschäftsberichte?|jahresberichte?",
        _STRONG,
    ),
    "quarterly_report": (r"quarterly reports?|form 10-?q|10-?qs?|quartalsberichte?", _STRONG),
    "half_year_report": (r"half[- ]year(?:ly)? reports?|interim reports?|halbjahresberichte?", _STRONG),
    "current_report": (r"form 8-?k|8-?ks?|current reports?", _STRONG),
    "earnings_release": (r"earnings (?:releases?|reports?)", _STRONG),
    "press_release": (r"press releases?|pressemitteilung(?:en)?", _STRONG),
    "release_notes": (r"release notes|changelogs?", _STRONG),
    "minutes": (r"(?:meeting|board) minutes|minutes of", _STRONG),
    "invoice": (r"invoices?|rechnung(?:en)?", _WEAK),
    "manual": (r"(?:user |owner's |service )?(?:manuals?|handbooks?)|user guides?", _WEAK),
    "contract": (r"contracts?|agreements?", _WEAK),
    "policy": (r"polic(?:y|ies)", _WEAK),
    "paper": (r"papers?", _WEAK),
    "email": (r"e-?mails?", _WEAK),
    "slides": (r"slides?|presentations?|slide decks?", _WEAK),
}
"""How readers name the kinds that ingestion infers. A weak word is as often what a document is about."""
_KINDS = {
    kind: (re.compile(rf"(?<![\w-])(?:{words})(?![\w-])"), certainty) for kind, (words, certainty) in _WORDS.items()
}
_VERSION = re.compile(
    r"\b(?:version|release|firmware|ver\.?)\s+v?(\d{1,4}(?:\.\d{1,5}){0,4}[a-z]?)(?![\w])|\bv\.?\s?(\d{1,4}(?:\.\d{1,5}){0,4})(?![\w])"
)
_NUMBERED = re.compile(
    r"\b(section|chapter|part|item|note|article|appendix|annex|clause)\s+(\d{1,3}[a-z]?(?:\.\d{1,3})*|[ivx]{1,5}\b)"
)
_QUOTED = re.compile(
    r"\b(?:section|chapter|heading)\s+(?:called|titled|named|on|about|entitled)?\s*[\"“'‘]([^\"”'’]{3,80})[\"”'’]"
    r"|[\"“]([^\"”]{3,80})[\"”]\s+(?:section|chapter)\b"
    r"|\b(?:in|under|from) the ([\w&,' -]{3,60}?) (?:section|chapter)\b"
)


def document_types_of(question: Question, lexicon: Lexicon) -> Iterator[Reading]:
    """The kinds of documents that are named, of those the collection has."""
    for value in lexicon.texts("document_type"):
        known = _KINDS.get(value)
        spelled = re.escape(value.casefold()).replace("_", r"[ _-]")
        pattern, certainty = known or (re.compile(rf"(?<!\w){spelled}s?(?!\w)"), _WEAK)
        for match in pattern.finditer(question.lower):
            if not question.is_excluded(match.start()):
                yield Reading("document_type", {"document_type": (value,)}, *match.span(), certainty)


def versions_of(question: Question, lexicon: Lexicon) -> Iterator[Reading]:
    """The version that is named: "version 4" is 4 and 4.2."""
    known = lexicon.texts("version")
    for match in _VERSION.finditer(question.lower) if known else ():
        asked = match.group(1) or match.group(2)
        values = [one for one in known if one == asked] or [one for one in known if one.startswith(f"{asked}.")]
        if values and not question.is_excluded(match.start()):
            yield Reading("version", {"version": tuple(values)}, *match.span(), _EXPLICIT)


def sections_of(question: Question, lexicon: Lexicon) -> Iterator[Reading]:
    """Sections that are named as such, by number or by heading."""
    known = lexicon.texts("section") if _speaks_of_sections(question.lower) else []
    headings = {heading: "".join(key_words(heading)) for heading in known}
    for match in _NUMBERED.finditer(question.lower) if known else ():
        beginning = re.compile(rf"(?:{match.group(1)}\s+)?{re.escape(match.group(2))}(?![\w])(?!\.\d)", re.IGNORECASE)
        values = [one for one in known if beginning.match(one)]
        if values and not question.is_excluded(match.start()):
            yield Reading("section", {"section": tuple(values)}, *match.span(), _EXPLICIT)
    for match in _QUOTED.finditer(question.text) if known else ():
        asked = "".join(key_words(next(filter(None, match.groups()))))
        values = [one for one, key in headings.items() if asked and asked in key]
        if values and not question.is_excluded(match.start()):
            yield Reading("section", {"section": tuple(values)}, *match.span(), _STRONG)


def _speaks_of_sections(text: str) -> bool:
    return re.search(r"\b(?:section|chapter|part|item|note|article|appendix|annex|clause|heading)\b", text) is not None
