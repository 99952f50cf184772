"""The promise to be precise before complete, held against documents that the rules were not made on."""

import pytest

from .labelled import labelled, score


@pytest.mark.requirement("RET-3")
def test_what_is_set_is_right_on_documents_the_rules_were_not_made_on() -> None:
    held = score(one for one in labelled() if one.half == "held")
    assert held.precision() >= 0.9, held.faults
    assert held.recall() >= 0.8, held.faults


@pytest.mark.parametrize("name", ["organisation", "fiscal_year", "period", "document_type", "language"])
def test_the_fields_that_filters_are_made_of_are_precise_each(name: str) -> None:
    held = score(one for one in labelled() if one.half == "held")
    assert held.precision([name]) >= 0.9, held.faults


def test_the_halves_are_apart_and_large_enough() -> None:
    halves = [{one.parsed.text for one in labelled() if one.half == half} for half in ("tune", "held")]
    assert not halves[0] & halves[1]
    assert min(map(len, halves)) >= 30
