"""The reports and the questions about them: what they say, and what they must not say."""

import re
from collections import Counter

from ragstone_evals.annual_reports import passage_of, questions, read_reports

REPORTS = read_reports()
QUESTIONS = questions(REPORTS)


def test_there_are_sixty_reports_and_two_questions_about_each() -> None:
    assert set(Counter(report.company for report in REPORTS).values()) == {6}
    assert len({report.id for report in REPORTS}) == len(REPORTS) == 60
    assert len({sample.id for sample in QUESTIONS}) == len(QUESTIONS) == 120
    assert set(Counter(sample.cluster for sample in QUESTIONS).values()) == {2}


def test_a_year_before_is_the_companys_own() -> None:
    by_year = {(report.company, report.year): report for report in REPORTS}
    for report in REPORTS:
        earlier = by_year.get((report.company, report.year - 1))
        assert report.before == (earlier.figures if earlier else {})


def test_no_passage_behind_the_cover_names_the_company_or_a_year() -> None:
    for report in REPORTS:
        _, *sections = report.document.text.split("\n## ")
        assert len(sections) > 20
        for section in sections:
            assert report.called not in section
            assert not re.search(r"\b20\d\d\b", section.replace(",", "").replace("$20", ""))


def test_a_question_names_both_and_leads_to_the_passage_that_states_the_figure() -> None:
    by_id = {report.id: report for report in REPORTS}
    for sample in QUESTIONS:
        report = by_id[str(sample.cluster)]
        assert report.called in sample.input
        assert str(report.year) in sample.input or f"FY{report.year % 100}" in sample.input
        figure = sample.metadata["figure"]
        assert passage_of(report, figure) in sample.target
        assert report.states(figure, report.document.text)
        assert not any(other.states(figure, report.document.text) for other in REPORTS if other is not report)
