"""The organisation a document comes from: a registrant, a letterhead, an issuer."""

import re
from collections.abc import Iterator

from ragstone_contracts.metadata import organisation_key
from ragstone_ingestion.metadata.document_types import FINANCIAL
from ragstone_ingestion.metadata.finding import Finding, Passage, lowered
from ragstone_ingestion.metadata.labels import labelled
from ragstone_ingestion.metadata.names import company_at_end, company_names, leading_name
from ragstone_ingestion.metadata.view import View

_REGISTRANT = "exact name of registrant"
_RIGHTS = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)[\s©]*(?:\(c\)\s*)?(?:(?:19|20)\d\d(?:\s?[-–,]\s?(?:19|20)\d\d)?)?,?\s*(?:by\s+)?", re.I
)
_MAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,4}[a-z]{2,10})\b")
_PUBLIC_MAIL = frozenset(
    [
        "gmail",
        "googlemail",
        "outlook",
        "hotmail",
        "yahoo",
        "gmx",
        "web",
        "icloud",
        "proton",
        "protonmail",
        "aol",
        "live",
        "example",
        "mail",
    ]
)
_REPORT_WORDS = re.compile(
    r"(?:^|\s)(?:annual|integrated|quarterly|interim|half|form|10 ?k\w*|10 ?q\w*|8 ?k\w*|20 ?f|earnings|geschäftsbericht|jahresbericht|jahresabschluss"
    r"|konzernabschluss|quartalsmitteilung|quartalsbericht|halbjahres\w*|rapport|informe|relazione|fy ?\d+|q[1-4]|h[12]|[1-4]q|(?:19|20)\d\d\w*|results)(?=\s|$)",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    [
        "the",
        "our",
        "consolidated",
        "integrated",
        "combined",
        "group",
        "final",
        "draft",
        "copy",
        "new",
        "form",
        "report",
        "annual",
        "interim",
        "document",
        "scan",
        "un",
        "le",
        "la",
        "el",
        "united",
        "states",
        "sec",
        "filing",
        "filings",
        "quarterly",
        "company",
        "file",
        "download",
    ]
)
_LETTERHEAD_LINES = 6
_REST_OF_LINE = 6


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
        if position < 0:
            continue
        before = line.text[:position].rstrip("( \t")
        if before:
            span = company_at_end(before) or ((0, len(before)) if len(before) <= 60 else None)
        elif number:
            line = view.cover[number - 1]
            span = company_at_end(line.text) or (0, len(line.text))
        else:
            return
        if span and organisation_key(line.text[slice(*span)]):
            yield line.find("organisation", line.text[slice(*span)], span, 0.97)
        return


def _labelled(view: View) -> Iterator[Finding]:
    for field, line, start in labelled(view):
        if field == "organisation":
            end = len(line.text)
            cut = line.text.find("|", start)
            end = end if cut < 0 else cut
            value = line.text[start:end].strip(" *_|")
            if 1 < len(value) <= 60 and organisation_key(value):
                at = line.text.index(value, start)
                yield line.find("organisation", value, (at, at + len(value)), 0.75)


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
    keys: list[str] = []
    for number, line in enumerate(view.cover):
        for name, (start, end) in company_names(line.text):
            key = organisation_key(name)
            first = not keys or key == keys[0]
            keys.append(key)
            yield line.find(
                "organisation", name, (start, end), _weight(line, number, (start, end), first and kind != "contract")
            )


def _weight(line: Passage, number: int, span: tuple[int, int], leads: bool) -> float:
    alone = len(line.text) - (span[1] - span[0]) <= _REST_OF_LINE
    if not leads:
        return 0.4
    if alone:
        return 0.8 if number < _LETTERHEAD_LINES else 0.65
    if span[0] == 0 and number < _LETTERHEAD_LINES and line.text[span[1] : span[1] + 3].strip()[:1] in tuple(",·•|–-"):
        return 0.75
    return 0.7 if line.heading and number < _LETTERHEAD_LINES else 0.4


def _before_report_words(view: View) -> Iterator[Finding]:
    """The name that precedes what kind of report it is, in title and file name: "Nordwind Annual Report 2023"."""
    for passage, confidence in zip(view.title_and_name()[::-1], (0.65, 0.7), strict=False):
        match = _REPORT_WORDS.search(passage.text)
        span = (
            leading_name(passage.text[: match.start()], _NO_NAMES, capitalised=passage.source == "title")
            if match
            else None
        )
        if span:
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
