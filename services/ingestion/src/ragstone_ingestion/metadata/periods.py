"""Fiscal years and reporting periods.

A stated year ("fiscal 2022", "FY2022", "Annual Report 2022") is the fiscal year; without one it is the year in which
the period ends. "2022/23" is the year it ends in. A quarter without a stated number is the calendar quarter it ends in.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ragstone_ingestion.metadata.dates import FoundDate, date_at, dates_in
from ragstone_ingestion.metadata.document_types import FINANCIAL, PERIODIC
from ragstone_ingestion.metadata.finding import Finding, Passage, lowered
from ragstone_ingestion.metadata.view import View, names_document
from ragstone_ingestion.metadata.year_words import fiscal_years, halves, months, only, quarters, years

_ENDED = re.compile(
    r"\b(year|quarter|quarterly period|six months|half[- ]year|three months)\s+(?:then\s+)?(?:ended|ending)"
    r"\s*:?\s*(?:on\s+)?"
)
_ENDED_ELSEWHERE = re.compile(r"\b(?:exercice clos le|abschluss zum|abschluss per)\s+")
_IN_PARTS = PERIODIC - {"annual_report"}
_HEADINGS = 12
_QUARTER_SLACK = timedelta(days=8)


def periods_of(view: View, kind: str | None) -> list[Finding]:
    """``fiscal_year`` and ``period`` of a document of the kind, as title, headings, file name and cover state them."""
    found = [finding for passage in _stating(view) for finding in _stated(passage, kind)]
    found += _ends(view, kind)
    if kind in PERIODIC:
        found += _year_of_report(view)
        found += _fiscal_in_prose(view, [one.value for one in found if one.field == "fiscal_year"])
    if kind == "annual_report":
        found += [_whole_year(one) for one in found if one.field == "fiscal_year"]
    return found


def _stating(view: View) -> list[Passage]:
    """Title, file name and the headings of the cover that have a digit."""
    headings = [line for line in view.cover if line.heading]
    passages = [*view.title_and_name(), *headings[:_HEADINGS]]
    return [one for one in passages if any(map(str.isdigit, one.text)) and names_document(one)]


def _stated(passage: Passage, kind: str | None) -> Iterator[Finding]:
    text = lowered(passage.text)
    confidence = 0.75 if passage.source == "filename" else 0.85
    part = only(quarters(text)) or only(halves(text))
    if part:
        yield passage.find("period", part.period, part.span, confidence)
        yield passage.find("fiscal_year", part.year, part.span, confidence - 0.05)
        return
    fiscal = only(fiscal_years(text))
    if fiscal:
        yield passage.find("fiscal_year", fiscal.year, fiscal.span, confidence)
        if kind not in _IN_PARTS:
            yield passage.find("period", f"FY{fiscal.year}", fiscal.span, confidence - 0.1)
        return
    month = None if kind in FINANCIAL or next(dates_in(text), None) else only(months(text))
    if month:
        yield passage.find("period", month.period, month.span, 0.65)


def _year_of_report(view: View) -> Iterator[Finding]:
    """The one year in the title of a financial report, in its file name, or on the line that names the report."""
    for passage in view.title_and_name():
        year = only(years(lowered(passage.text)))
        if year:
            yield passage.find("fiscal_year", year.year, year.span, 0.7 if passage.source == "filename" else 0.85)
    for line in view.cover[:6]:
        year = only(years(lowered(line.text))) if len(line.text) <= 60 else None
        if year and not next(dates_in(line.text), None):
            yield line.find("fiscal_year", year.year, year.span, 0.7)


def _ends(view: View, kind: str | None) -> Iterator[Finding]:
    """The end of the period a cover reports on: "for the fiscal year ended December 31, 2023"."""
    match = _ending(view.lower)
    end = date_at(view.head, match.end()) if match else None
    if match is None or end is None:
        return
    confidence = 0.75 if kind in FINANCIAL else 0.4
    head, span = Passage(view.head, "text", 0), (match.start(), end.end)
    yield head.find("fiscal_year", end.day.year, span, confidence)
    span_of_time = match.group(1) if match.re is _ENDED else "year"
    quarter = _quarter(end)
    if quarter and span_of_time in ("quarter", "quarterly period", "three months"):
        yield head.find("period", quarter, span, confidence)
    if span_of_time in ("six months", "half-year", "half year") and end.day.month in (6, 12):
        yield head.find("period", f"{end.day.year}-H{end.day.month // 6}", span, confidence)


def _ending(text: str) -> re.Match[str] | None:
    match = _ENDED.search(text) if "ended" in text or "ending" in text else None
    return match or (_ENDED_ELSEWHERE.search(text) if "abschluss" in text or "clos" in text else None)


def _quarter(end: FoundDate) -> str | None:
    """The calendar quarter that ends within days of the date; companies count in weeks."""
    for month in (3, 6, 9, 12):
        for year in (end.day.year - 1, end.day.year):
            last = date(year, month, 31 if month in (3, 12) else 30)
            if abs(end.day - last) <= _QUARTER_SLACK:
                return f"{year}-Q{month // 3}"
    return None


def _fiscal_in_prose(view: View, known: list[int]) -> Iterator[Finding]:
    """A fiscal year named in the beginning of a report, if it is the only one or one of those found elsewhere.

    A year ended in January 2023 that the company calls fiscal 2022 is fiscal year 2022.
    """
    stated = list(fiscal_years(view.lower[:4_000]))
    distinct = {one.year for one in stated}
    if len(distinct) != 1:
        return
    one = stated[0]
    near = not known or any(0 <= year - one.year <= 1 for year in known)
    if near:
        yield Passage(view.head, "text", 0).find("fiscal_year", one.year, one.span, 0.8)


def _whole_year(finding: Finding) -> Finding:
    return Finding(
        "period", f"FY{finding.value}", finding.confidence, finding.source, finding.quote, finding.start, finding.end
    )
