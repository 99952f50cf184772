"""What a question is understood to ask for, given what a collection has."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_contracts.metadata import organisation_key
from ragstone_retrieval.inferring.lexicon import Lexicon
from ragstone_retrieval.inferring.question import Question
from ragstone_retrieval.inferring.reader import read
from ragstone_retrieval.inferring.reading import CERTAIN
from ragstone_testing.counted_fields import counted

COMPANIES = [
    "Apple Inc.",
    "Microsoft Corporation",
    "The Goldman Sachs Group, Inc.",
    "Johnson & Johnson",
    "General Motors Company",
    "General Electric Company",
    "American International Group, Inc.",
    "Deutsche Bank AG",
    "McDonald's Corporation",
    "Target Corporation",
    "Amazon.com, Inc.",
    "Röhm Werke GmbH (RHW)",
]
YEARS = range(2017, 2024)


def report(company: str, **fields: Any) -> dict[str, Any]:
    return {"organisation": company, "organisation_key": organisation_key(company)} | fields


ANNUAL = [
    report(
        company,
        fiscal_year=year,
        period=f"FY{year}",
        document_type="annual_report",
        section=["Item 7. Discussion", "Risk Factors"],
        region="Nordics" if year % 2 else "Iberia",
    )
    for company in COMPANIES
    for year in YEARS
]
QUARTERLY = [
    report(company, fiscal_year=2022, period=f"2022-Q{quarter}", document_type="quarterly_report")
    for company in COMPANIES
    for quarter in (2, 3)
]
REPORTS = Lexicon(counted("c", ANNUAL + QUARTERLY, 2000))


def found(question: str, lexicon: Lexicon = REPORTS, year: int | None = None) -> dict[str, tuple[list[Any], str, bool]]:
    """Role -> values, quote, and whether it filters."""
    return {
        one.role: (
            [value for values in one.accepted.values() for value in values],
            question[one.start : one.end],
            one.certainty >= CERTAIN,
        )
        for one in read(Question(question, year), lexicon)
    }


@pytest.mark.requirement("RET-3")
@pytest.mark.parametrize(
    ("question", "keys", "quote"),
    [
        ("What was Apple's revenue?", ["apple"], "Apple"),
        ("How did APPLE INC. do?", ["apple"], "APPLE"),
        ("net income of The Goldman Sachs Group", ["goldmansachsgroup"], "Goldman Sachs Group"),
        ("How many people work at Goldman?", ["goldmansachsgroup"], "Goldman"),
        ("goldman sachs bonus pool", ["goldmansachsgroup"], "goldman sachs"),
        ("sales of Johnson and Johnson", ["johnsonjohnson"], "Johnson and Johnson"),
        ("sales of JOHNSON_JOHNSON", ["johnsonjohnson"], "JOHNSON_JOHNSON"),
        ("the losses of AIG", ["americaninternationalgroup"], "AIG"),
        ("How many restaurants has McDonald's?", ["mcdonalds"], "McDonald"),
        ("How many parcels went out at Amazon?", ["amazoncom"], "Amazon"),
        ("the dividend of RHW", ["rohmwerkegmbhrhw"], "RHW"),
        ("the dividend of Rohm Werke", ["rohmwerkegmbhrhw"], "Rohm Werke"),
        ("General Motors or Apple?", ["generalmotors", "apple"], "General Motors or Apple"),
    ],
)  # fmt: skip
def test_organisations_go_by_many_names(question: str, keys: list[str], quote: str) -> None:
    assert found(question) == {"organisation": (keys, quote, True)}


@pytest.mark.parametrize(
    "question",
    [
        "What did the general say?",
        "General remarks of Deutsche speakers",
        "who is the target audience",
        "Our target is growth",
        "profits of everybody other than Apple",
        "What are apples good for?",
        "IT and US matters",
    ],
)
def test_words_that_name_nobody_are_no_filter(question: str) -> None:
    assert found(question) == {}


@pytest.mark.requirement("RET-3")
def test_a_name_in_lower_case_is_a_boost_and_beside_a_year_a_filter() -> None:
    assert found("apple pie") == {"organisation": (["apple"], "apple", False)}
    assert found("apple revenue 2021")["organisation"] == (["apple"], "apple", True)


@pytest.mark.requirement("RET-3")
@pytest.mark.parametrize(
    ("question", "years", "quote"),
    [
        ("revenue in 2021", [2021], "2021"),
        ("revenue in fiscal year 2021", [2021], "fiscal year 2021"),
        ("FY21 revenue", [2021], "FY21"),
        ("FY '21 revenue", [2021], "FY '21"),
        ("revenue in 2020/21", [2021], "2020/21"),
        ("revenue between 2019 and 2021", [2019, 2020, 2021], "between 2019 and 2021"),
        ("revenue from fiscal 2019 to 2021", [2019, 2020, 2021], "from fiscal 2019 to 2021"),
        ("revenue 2019-2021", [2019, 2020, 2021], "2019-2021"),
        ("revenue since 2021", [2021, 2022, 2023], "since 2021"),
        ("revenue after 2021", [2022, 2023], "after 2021"),
        ("revenue before 2019", [2017, 2018], "before 2019"),
        ("revenue in 2019 and in 2022", [2019, 2022], "2019 and in 2022"),
        ("As of May 2021, what was revenue last year?", [2020], "last year"),
        ("As of May 2021, what was revenue in the last two years?", [2019, 2020], "last two years"),
    ],
)
def test_years_and_ranges_of_years(question: str, years: list[int], quote: str) -> None:
    assert found(question) == {"year": (years, quote, True)}


@pytest.mark.parametrize(
    "question",
    [
        "revenue in 1999",
        "revenue last year",
        "a price of $2021",
        "12021 units",
        "all but 1,2021",
        "not in 2021",
        "2021%",
    ],
)
def test_numbers_that_are_no_year_of_the_collection_are_no_filter(question: str) -> None:
    assert found(question) == {}


def test_last_year_is_as_seen_from_the_time_that_is_asked_for() -> None:
    assert found("revenue last year", year=2022) == {"year": ([2021], "last year", True)}
    assert found("revenue this year", year=2022) == {"year": ([2022], "this year", True)}


@pytest.mark.requirement("RET-3")
@pytest.mark.parametrize(
    ("question", "periods"),
    [
        ("sales in Q3 2022", ["2022-Q3"]),
        ("sales in the third quarter of fiscal 2022", ["2022-Q3"]),
        ("sales in 3Q22", ["2022-Q3"]),
    ],
)
def test_a_period_with_its_year_is_one_thing(question: str, periods: list[str]) -> None:
    few = Lexicon(counted("c", QUARTERLY))
    assert {role: values for role, (values, _, _) in found(question, few).items()} == {"period": periods}


def test_a_period_that_no_document_is_about_leaves_its_year() -> None:
    assert found("sales in Q1 2022") == {"year": ([2022], "2022", True)}


def test_kinds_of_documents_sections_versions_and_products() -> None:
    assert found("the annual report of Apple")["document_type"] == (["annual_report"], "annual report", True)
    assert found("what does the 10-Q say")["document_type"][0] == ["quarterly_report"]
    assert found('the section "Risk factors"')["section"] == (["Risk Factors"], 'section "Risk factors"', True)
    assert found("in Item 7 of the filing")["section"] == (["Item 7. Discussion"], "Item 7", True)
    manuals = [{"product": "XR-200", "version": version, "document_type": "manual"} for version in ("4.1", "4.2", "5")]
    lexicon = Lexicon(counted("c", manuals))
    assert found("How is the XR-200 reset in version 4.2?", lexicon) == {
        "product": (["XR-200"], "XR-200", True),
        "version": (["4.2"], "version 4.2", True),
    }
    assert found("version 4", lexicon)["version"][0] == ["4.1", "4.2"]
    assert found("the manual", lexicon) == {"document_type": (["manual"], "manual", False)}


def test_an_uploaders_field_filters_when_it_is_named_and_is_a_boost_otherwise() -> None:
    assert found("sales of the Nordics region")["region"] == (["Nordics"], "Nordics", True)
    assert found("sales in Iberia") == {"region": (["Iberia"], "Iberia", False)}


def test_tickers_and_other_names_of_the_company_field() -> None:
    lexicon = Lexicon(counted("c", [{"ticker": "AAPL", "company": "Apple", "year": "2021"}, {"company": "Intel"}]))
    assert found("AAPL in 2021", lexicon) == {
        "organisation": (["AAPL"], "AAPL", True),
        "year": (["2021"], "2021", True),
    }
    assert found("Intel", lexicon)["organisation"][0] == ["Intel"]


@pytest.mark.requirement("RET-3")
def test_a_field_that_few_documents_have_is_no_filter() -> None:
    labelled, unlabelled = report("Apple Inc.", fiscal_year=2021), {"filename": "a.txt"}
    lexicon = Lexicon(counted("c", [labelled, unlabelled, unlabelled]))
    assert {role: filters for role, (_, _, filters) in found("Apple's revenue in 2021", lexicon).items()} == {
        "organisation": False,
        "year": False,
    }


def test_what_the_request_settles_is_not_read() -> None:
    question = Question("Apple's revenue in 2021")
    assert {one.role for one in read(question, REPORTS, ["company"])} == {"year"}
    assert {one.role for one in read(question, REPORTS, ["fiscal_year", "organisation_key"])} == set()


_PIECES = st.sampled_from(
    ["Apple", "apple's", "2021", "between", "and", "2019", "Q3", "FY", "'21", "of", "section", '"', "Item", "7", "last",
     "year", "version", "v4.2", "not", "$", "-", "/", "the", "ß", "İ", "\u0301", "AIG", "(", ")", "annual report", "\n"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(_PIECES | st.text(max_size=6), max_size=30).map(" ".join))
def test_whatever_is_read_stands_in_the_question_and_in_the_collection(text: str) -> None:
    for one in read(Question(text), REPORTS):
        assert 0 <= one.start < one.end <= len(text)
        assert 0 < one.certainty <= 1
        for field, values in one.accepted.items():
            assert values
            assert set(values) <= set(REPORTS.values(field))


def test_long_questions_do_not_run_away() -> None:
    question = "between 2019 and as of the section of Apple " * 180
    started = time.process_time()
    read(Question(question[:8000]), REPORTS)
    assert time.process_time() - started < 5


def test_a_field_that_hardly_a_document_has_says_nothing() -> None:
    lexicon = Lexicon(counted("c", [report("Quantum Computing Corp"), *[{"filename": "a.txt"}] * 30]))
    assert found("the state of quantum computing", lexicon) == {}
