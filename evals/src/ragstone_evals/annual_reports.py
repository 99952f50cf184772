"""Annual reports of ten companies over six years: real figures in wording made for the purpose.

``annual_reports.csv`` holds what the companies published for each fiscal year, in millions of US dollars but for
earnings per share and employees. It was compiled from a public table and not held against each filing. A report is
written around it with the wording of ``annual_reports.toml`` and laid out as a Form 10-K is: its cover names company
and year, no passage behind it does. A company words its reports alike from year to year, as companies do.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from ragstone_evals.corpus import CorpusDocument
from ragstone_evals.dataset import Sample

_FIGURES = (
    "revenue",
    "gross_profit",
    "net_income",
    "eps",
    "equity",
    "operating",
    "investing",
    "financing",
    "employees",
)
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = _MONTH_NAMES.split()
_YEARS_AS_SAID = ("{year}", "fiscal {year}", "FY{short}", "{year}", "fiscal year {year}")


@dataclass(frozen=True)
class Report:
    """A company's year. ``called`` is what people call the company, ``number`` its place among the reports."""

    number: int
    company: str
    called: str
    ended: date
    year: int
    figures: Mapping[str, float]
    before: Mapping[str, float]

    @property
    def id(self) -> str:
        """Says neither company nor year."""
        return f"filing-{self.number:03}"

    @cached_property
    def document(self) -> CorpusDocument:
        return CorpusDocument(self.id, "Form 10-K", "\n\n".join(self._parts()), markdown=True)

    def _parts(self) -> Iterator[str]:
        yield (
            "UNITED STATES SECURITIES AND EXCHANGE COMMISSION\n\nAnnual report pursuant to section 13 or 15(d) of the "
            f"Securities Exchange Act\n\nFor the fiscal year ended {_MONTHS[self.ended.month - 1]} {self.ended.day}, "
            f"{self.ended.year}\n\n{self.company}\n\n(Exact name of registrant as specified in its charter)"
        )
        for figure in _wording()["figure"]:
            yield f"## {figure['heading']}\n\n{self.passage(figure['name'])}"
        for section in _wording()["rest"]:
            yield f"## {section['heading']}\n\n" + "\n\n".join(map(_flowing, section["paragraphs"]))

    def passage(self, name: str) -> str:
        """What the report says of a figure."""
        texts = next(figure["texts"] for figure in _wording()["figure"] if figure["name"] == name)
        value, earlier = self.figures[name], self.before.get(name)
        before = "" if earlier is None else f", after {_written(name, earlier)} in the year before"
        return _flowing(texts[len(self.company) % len(texts)]).format(
            now=_written(name, value),
            before=before,
            sign="profit" if value >= 0 else "loss",
            gave="provided" if value >= 0 else "used",
            given="provided" if value >= 0 else "used",
            eps=f"{'' if self.figures['eps'] >= 0 else 'a loss of '}${abs(self.figures['eps']):.2f}",
        )

    def states(self, name: str, text: str) -> bool:
        """Whether a chunk of the report holds what it says of a figure, at least its first sentence."""
        return _flowing(self.passage(name).split(". ")[0]) in _flowing(text)


def _flowing(text: str) -> str:
    return " ".join(text.split())


def _written(name: str, value: float) -> str:
    """A figure as the reports state it, without a sign."""
    amount = f"{abs(value):,.1f}" if value != int(value) else f"{abs(int(value)):,}"
    return amount if name == "employees" else f"${amount} million"


@cache
def _wording() -> Mapping[str, Any]:
    return tomllib.loads((files("ragstone_evals") / "annual_reports.toml").read_text(encoding="utf-8"))


def read_reports() -> list[Report]:
    """All of them, by company and year."""
    table = (files("ragstone_evals") / "annual_reports.csv").read_text(encoding="utf-8")
    rows = sorted(csv.DictReader(table.splitlines()), key=lambda row: (row["company"], row["year"]))
    figures = [{name: float(row[name]) for name in _FIGURES} for row in rows]
    return [
        Report(
            number=number * 37 % len(rows),  # in no order that would tell which belong together
            company=row["company"],
            called=row["called"],
            ended=date.fromisoformat(row["ended"]),
            year=int(row["year"]),
            figures=figures[number],
            before=figures[number - 1] if number and rows[number - 1]["company"] == row["company"] else {},
        )
        for number, row in enumerate(rows)
    ]


def questions(reports: Sequence[Report]) -> list[Sample]:
    """Two about each report, each naming company and year. The target is the passage, see :func:`passage_of`, or the
    one of the company's next report, which states the figure once more. Questions about one report are a cluster.
    """
    names = [figure["name"] for figure in _wording()["figure"]]
    by_year = {(report.company, report.year): report for report in reports}
    found = []
    for place, report in enumerate(reports):
        after = by_year.get((report.company, report.year + 1))
        for name in (names[place % len(names)], names[(place * 3 + 5) % len(names)]):
            targets = {passage_of(one, name): 1 for one in (report, after) if one is not None}
            metadata = {"cluster": report.id, "figure": name}
            found.append(Sample(f"{report.id}-{name}", _question(place, report, name), targets, metadata))
    return found


def _question(place: int, report: Report, name: str) -> str:
    year = _YEARS_AS_SAID[place % len(_YEARS_AS_SAID)].format(year=report.year, short=report.year % 100)
    whose = f"{report.called}'" if report.called.endswith("s") else f"{report.called}'s"
    forms = next(figure["questions"] for figure in _wording()["figure"] if figure["name"] == name)
    asked: str = forms[place // 8 % len(forms)].format(who=report.called, whose=whose, year=year)
    return asked


def passage_of(report: Report, name: str) -> str:
    """The name of the passage of a report that states a figure."""
    return f"{report.id}/{name}"
