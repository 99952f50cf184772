from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_router.price import PICO_PER_USD, LongPrompt, Price, Rates, in_usd

TOKENS = st.integers(0, 2_000_000)
RATES = st.decimals(0, 1000, places=6)


@given(TOKENS, TOKENS, RATES, RATES)
def test_a_cost_is_exact(asked: int, answered: int, input_: Decimal, output: Decimal) -> None:
    price = Price(float(input_), float(output))
    pico = price.pico_of({"prompt_tokens": asked, "completion_tokens": answered})
    assert pico is not None
    assert Decimal(pico) / PICO_PER_USD == (asked * input_ + answered * output) / 1_000_000


def test_what_was_kept_and_what_is_kept_from_now_on_have_their_own_prices() -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 300},
    }
    assert Price(1.0, 5.0, 0.1, 1.25).of(usage) == (100 * 1 + 10 * 5 + 600 * 0.1 + 300 * 1.25) / 1e6
    assert Price(1.0, 5.0).of(usage) == (1000 * 1 + 10 * 5) / 1e6


def test_a_long_prompt_costs_more_for_all_of_it() -> None:
    price = Price(1.0, 2.0, long=LongPrompt(1000, Rates(3.0, 4.0)))
    assert price.of({"prompt_tokens": 1000, "completion_tokens": 10}) == 0.00102
    assert price.of({"prompt_tokens": 1001, "completion_tokens": 10}) == (3003 + 40) / 1e6


def test_a_reranker_is_paid_by_the_search_unit() -> None:
    price = Price(0.0, 0.0, search_unit=0.002)
    assert price.of({"search_units": 3}) == 0.006
    assert price.of({"prompt_tokens": 3}) is None


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None}, {"prompt_tokens": 1, "completion_tokens": "2"}])
def test_what_the_server_does_not_count_has_no_cost(usage: dict[str, object]) -> None:
    assert Price(1.0, 1.0).of(usage) is None


def test_usd_are_told_to_the_digit() -> None:
    assert repr(in_usd(12_345_678_901_234)) == "12.345678901234"
