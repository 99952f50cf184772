"""The organisation a document comes from: a registrant, a letterhead, an issuer."""

import re
from collections.abc import Iterator

from ragstone_contracts.metadata import organisation_key
from ragstone_ingestion.metadata.document_types import FINANCIAL
from ragstone_ingestion.metadata.document_words import hinted_kind, named_kind
from ragstone_ingestion.metadata.finding import Finding, Passage, lowered, word_set
from ragstone_ingestion.metadata.names import company_at_end, company_names, leading_name
from ragstone_ingestion.metadata.view import View

_REGISTRANT = "exact name of registrant"
_YEARS = r"(?:(?:19|20)\d\d(?:\s?[-–,]\s?(?:19|20)\d\d)?)?"
_RIGHTS = re.compile(rf"(?:©|\(c\)|\bcopyright\b)[\s©]*(?:\(c\)\s*)?{_YEARS},?\s*(?:by\s+)?", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,4}[a-z]{2,10})\b")
_PUBLIC_MAIL = word_set("gmail googlemail outlook hotmail yahoo gmx web icloud proton protonmail aol live example mail")
_REPORT_WORDS = re.compile(
    r"(?:^|\s)(?:annual|integrated|quarterly|interim|half|form|10 ?k\w*|10 ?q\w*|8 ?k\w*|20 ?f|earnings|results"
    r"|geschäftsbericht|jahresbericht|jahresabschluss|konzernabschluss|quartalsmitteilung|quartalsbericht"
    r"|halbjahres\w*|rapport|informe|relazione|fy ?\d+|q[1-4]|h[12]|[1-4]q|(?:19|20)\d\d\w*)(?=\s|$)",
    re.IGNORECASE,
)
_NO_NAMES = word_set(
    "the our consolidated integrated combined group final draft copy new form report annual interim document "
    "scan un le la el united states sec filing filings quarterly company file download"
)
_LETTERHEAD_LINES = 6
_REST_OF_LINE = 6
_LETTERHEAD_MARKS = tuple(",·•|–-")
_WORDS_OF_PROSE = 5
_LONG_LINE = 200
_NAME_CHARACTERS = 60


def organisations_of(view: View, kind: str | None) -> list[Finding]:
    found = [*_registrant(view), *_labelled(view)]
    if kind != "paper":
        found += [*_in_title(view), *_rights(view), *_standing_alone(view, kind)]
    if kind in FINANCIAL:
        found += [*_before_report_words(view)]
    found += _domain(view)
    return found


def _registrant(view: View) -> Iterator[Finding]:
    """The name above "(Exact name of registrant as specified in its charter)", or before it on the same line."""
    for number, line in enumerate(view.cover):
        position = lowered(line.text).find(_REGISTRANT)
        if position >= 0:
            before = line.text[:position].rstrip("( \t")
            named = Passage(before, "text", line.offset) if before else view.cover[number - 1]
            whole = (0, len(named.text)) if len(named.text) <= _NAME_CHARACTERS else None
            span = company_at_end(named.text) or whole
            if span and number + bool(before) and organisation_key(named.text[slice(*span)]):
                yield named.find("organisation", named.text[slice(*span)], span, 0.97)
            return


def _labelled(view: View) -> Iterator[Finding]:
    for one in view.labelled:
        start, end = one.value_span()
        value = one.line.text[start:end]
        if one.field == "organisation" and 1 < len(value) <= 60 and organisation_key(value):
            yield one.line.find("organisation", value, (start, end), 0.75)


def _in_title(view: View) -> Iterator[Finding]:
    names = company_names(view.title.text) if view.title else []
    if view.title and len({organisation_key(name) for name, _ in names}) == 1:
        yield view.title.find("organisation", names[0][0], names[0][1], 0.8)


def _rights(view: View) -> Iterator[Finding]:
    """The holder of the copyright; without a legal form it may be a person."""
    if "©" not in view.head and "copyright" not in view.lower and "(c)" not in view.lower:
        return
    for line in view.cover:
        match = _RIGHTS.search(line.text)
        names = company_names(line.text[match.end() : match.end() + 80]) if match else []
        if match and names:
            name, (start, end) = names[0]
            yield line.find("organisation", name, (start + match.end(), end + match.end()), 0.75)
            return


def _standing_alone(view: View, kind: str | None) -> Iterator[Finding]:
    """Companies that have a line to themselves or begin a letterhead. Parties to a contract are several: none leads."""
    leading = None
    for number, line in enumerate(view.cover):
        for name, span in company_names(line.text) if len(line.text) <= _LONG_LINE else []:
            leading = leading or organisation_key(name)
            leads = kind != "contract" and organisation_key(name) == leading
            weight = _weight(line, span, view) if leads else 0.4
            yield line.find("organisation", name, span, weight if number < _LETTERHEAD_LINES else min(weight, 0.65))


def _weight(line: Passage, span: tuple[int, int], view: View) -> float:
    """How much the place of a name says: alone on its line, at the head of a letterhead, in a heading, in prose."""
    if span[0] == 0 and _is_broken_off(line, view):
        return 0.4
    if len(line.text) - (span[1] - span[0]) <= _REST_OF_LINE:
        return 0.8
    if span[0] == 0 and line.text[span[1] :].lstrip()[:1] in _LETTERHEAD_MARKS:
        return 0.75
    return 0.7 if line.heading else 0.4


def _is_broken_off(line: Passage, view: View) -> bool:
    """Whether the line goes on with a name that the line above began: "Free Software / Foundation, Inc."."""
    above = view.head[: line.offset].rsplit("\n", 2)
    return len(above) > 1 and above[-2][-1:].isalpha() and above[-2].count(" ") > _WORDS_OF_PROSE


def _before_report_words(view: View) -> Iterator[Finding]:
    """The name that precedes what kind of report it is, in title and file name: "Nordwind Annual Report 2023"."""
    named = named_kind(lowered(view.name.text)) or hinted_kind(lowered(view.name.text))
    for passage in view.title_and_name():
        in_name = passage is view.name
        match = _REPORT_WORDS.search(passage.text)
        before = passage.text[: match.start()] if match else ""
        span = leading_name(before, _NO_NAMES, capitalised=not in_name)
        if span:
            # A file called "north 2022" may be named for anything.
            confidence = 0.7 if not in_name else 0.65 if named else 0.5
            yield passage.find("organisation", passage.text[slice(*span)], span, confidence)


def _domain(view: View) -> Iterator[Finding]:
    """What all e-mail addresses of the beginning share: enough to confirm a name, not to give one."""
    if "@" not in view.lower:
        return
    labels = {domain.rsplit(".", 1)[0].rsplit(".", 1)[-1] for domain in _MAIL.findall(view.lower)}
    if len(labels) == 1 and not labels & _PUBLIC_MAIL:
        match = _MAIL.search(view.lower)
        if match:
            start = match.start(1) + match.group(1).rindex(next(iter(labels)))
            label = next(iter(labels))
            yield Passage(view.head, "text", 0).find("organisation", label, (start, start + len(label)), 0.35)
