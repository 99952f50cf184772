"""What is read from documents, and what is left alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.metadata import Evidence
from ragstone_ingestion.metadata import FIELDS, Inferred, infer, with_metadata

from .labelled import labelled, parsed_of

_REPORT = """# Nordwind Energie AG Geschäftsbericht 2023

Nordwind Energie AG

Der Bericht ist für die Aktionäre und für alle, die mit uns arbeiten."""


def inferred(text: str, filename: str = "a.txt", given: dict[str, Any] | None = None, **properties: Any) -> Inferred:
    return infer(parsed_of(text, None, properties), filename, given or {})


@pytest.mark.requirement("RET-3")
def test_a_report_says_whose_it_is_and_of_which_year() -> None:
    values = inferred(_REPORT).values
    assert values["organisation"] == "Nordwind Energie AG"
    assert values["organisation_key"] == "nordwindenergie"
    assert (values["fiscal_year"], values["period"]) == (2023, "FY2023")
    assert (values["document_type"], values["language"]) == ("annual_report", "de")


@pytest.mark.parametrize(
    ("stated", "year"),
    [
        ("For the fiscal year ended December 31, 2021", 2021),
        ("For the fiscal year ended January 28, 2023. Fiscal 2022 had 52 weeks", 2022),
        ("For the fiscal year ended January 28, 2023. Fiscal 2022 and fiscal 2021 had 52 weeks", 2023),
    ],
)
def test_a_stated_fiscal_year_goes_before_the_day_it_ends(stated: str, year: int) -> None:
    cover = f"UNITED STATES\n\nSECURITIES AND EXCHANGE COMMISSION\n\nFORM 10-K\n\n{stated}"
    assert inferred(cover).values["fiscal_year"] == year


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Q2 2023 Results", "2023-Q2"),
        ("Results for the second quarter of fiscal 2023", "2023-Q2"),
        ("2Q23 Earnings Release", "2023-Q2"),
        ("H1 2024 Interim Results", "2024-H1"),
        ("Geschäftsbericht 2021/22", "FY2022"),
        ("Newsletter May 2023", "2023-05"),
        ("Q1 2023 and Q1 2022 compared", None),
        ("Benchmarks of the H100", None),
    ],
)
def test_periods_have_one_spelling(title: str, period: str | None) -> None:
    assert inferred(f"# {title}\n\nText").values.get("period") == period


@pytest.mark.parametrize(
    "text",
    [
        "The annual report of Siemens AG is a good one. So is that of Bayer AG.",
        "# What does the travel policy of Acme Inc. say?\n\nIt says that you may fly.",
        "# Notes\n\nWe moved from version 2.1 to 3.0 in FY2021 and paid the invoice of May 2023.",
    ],
)
def test_what_a_document_only_mentions_is_not_what_it_is(text: str) -> None:
    found = inferred(text).values.keys()
    assert not found & {"document_type", "fiscal_year", "period", "version", "product"}


def test_the_uploader_is_always_right() -> None:
    said = {"organisation": "Southwind Ltd", "fiscal_year": "2001", "team": "blue", "authors": []}
    result = inferred(_REPORT, given=said)
    assert result.values | said == result.values
    assert result.values["organisation_key"] == "southwind"
    assert result.fields["team"] == Evidence(value="blue", source="uploader", confidence=1)


def test_agreement_makes_surer_and_a_contradicted_file_name_loses() -> None:
    alone = inferred("# Northfield Annual Report 2022\n\nText").fields["fiscal_year"]
    agreed = inferred("# Northfield Annual Report 2022\n\nText", "northfield_2022_10K.pdf").fields["fiscal_year"]
    against = inferred("# Northfield Annual Report 2022\n\nText", "northfield_2019_10K.pdf").fields["fiscal_year"]
    assert agreed.confidence > alone.confidence
    assert (against.value, against.source) == (2022, "title")


def test_what_is_not_certain_is_a_candidate_and_no_value() -> None:
    result = inferred("# Rules of the house\n\nWrite to info@lakeside.example.", "policy for guests.txt")
    assert "document_type" not in result.values
    assert result.candidates["document_type"].value == "policy"
    assert result.provenance["document_type"].candidate


def test_two_equally_certain_values_leave_a_field_open() -> None:
    result = inferred("# Guide\n\n## Version 4.1\n\nText\n\n## Version 4.2\n\nText")
    assert "version" not in result.values


def test_properties_are_weighed_and_what_a_program_wrote_is_dropped() -> None:
    stated = {"authors": ["Microsoft Office User"], "created": "2024-01-15T10:00:00Z", "language": "en-US", "sheets": 3}
    document = parsed_of("# Angebot\n\nDas Angebot ist für die Pumpen und gilt bis zum Ende des Monats.", None, stated)
    result = infer(document, "a.docx", {})
    assert (result.values["created"], result.fields["created"].source) == ("2024-01-15", "properties")
    assert result.values["language"] == "de"
    kept = with_metadata(document, result).metadata
    assert "authors" not in kept
    assert (kept["created"], kept["sheets"]) == ("2024-01-15", 3)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ACME_2021_10K.pdf", "fiscal_year", 2021),
        ("ACME_2021_10K.pdf", "organisation_key", "acme"),
        ("2023-05-17 minutes.txt", "published", "2023-05-17"),
        ("XR200_v4.2.pdf", "version", "4.2"),
        ("talk.pptx", "document_type", "slides"),
    ],
)
def test_a_file_name_says_something_too(name: str, field: str, value: Any) -> None:
    assert inferred("Some text", name).values[field] == value


def test_a_date_that_may_be_two_days_is_none() -> None:
    assert "published" not in inferred("Memo\n\nDate: 03/04/2023").values
    assert inferred("Memo\n\nDate: 23/04/2023").values["published"] == "2023-04-23"


def test_only_the_first_pages_are_looked_at() -> None:
    assert infer(ParsedDocument(text=" " * 9_000 + _REPORT, blocks=[]), "a.txt", {}).provenance == {}


def test_every_quote_stands_where_it_says() -> None:
    for document in labelled():
        for name, evidence in infer(document.parsed, document.filename, {}).provenance.items():
            if evidence.start is not None:
                assert document.parsed.text[evidence.start : evidence.end] == evidence.quote, (document.id, name)


_PIECES = """
Acme Inc. GmbH & Co. KG fiscal year ended December 31, 2023 FY2022 Q1 v4.2 Version © FORM 10-K İstanbul ß 年 Abstract
Author: By From: Subject: # ## | Date: 3 March Policy Vertrag (Exact name of registrant , . : - _ 1/2/2023
"""
_WORDS = st.sampled_from([*_PIECES.split(), "\n", "\n\n"])


@given(
    text=st.one_of(st.lists(_WORDS, max_size=60).map(" ".join), st.text(max_size=500)),
    filename=st.one_of(st.lists(_WORDS, max_size=6).map("_".join), st.text(max_size=60)),
    said=st.dictionaries(
        st.sampled_from([*FIELDS, "team"]), st.one_of(st.integers(), st.text(), st.none()), max_size=3
    ),
)
def test_any_text_is_taken_and_gives_the_same_again(text: str, filename: str, said: dict[str, Any]) -> None:
    document = parsed_of(text)
    result = infer(document, filename, said)
    assert result == infer(document, filename, said)
    assert {name: result.values[name] for name in said} == said
    assert with_metadata(document, result).metadata == result.values
    for evidence in result.provenance.values():
        if evidence.start is not None:
            assert document.text[evidence.start : evidence.end] == evidence.quote


_UNITS = [
    "\t",
    "1",
    ".",
    "-",
    "_ ",
    "a",
    "A ",
    "a@",
    "a.",
    "1.",
    "1/",
    "Inc ",
    "A Inc ",
    "(c) ",
    "by A ",
    "v1 ",
    "*",
    "İ",
]
_UNITS += [" ", "\n", "10-k ", "vertrag", "year ended ", "Author: A\n", "Mr. A ", "2023-", "fiscal ", "abstract\n"]


@pytest.mark.parametrize("unit", _UNITS)
def test_hostile_repetition_costs_no_more_than_text(unit: str) -> None:
    """Backtracking would run for minutes here; the suite's own time limit is the judge."""
    long = (unit * 20_000)[:40_000]
    for title in (None, long[:400].strip() or None):
        for _ in range(5):
            infer(ParsedDocument(text=long, blocks=[], title=title), long[:300].replace("/", "") + ".pdf", {})
