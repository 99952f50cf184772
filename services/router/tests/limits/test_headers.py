import time

from ragstone_router.limits.headers import limit_headers
from ragstone_router.limits.rules import Measure, Period, Window


def window(measure: Measure, period: Period, most: float, seconds: float) -> Window:
    return Window(f"{measure} {period}", measure, most, time.time() + seconds, period, "user")


def test_the_window_of_which_least_is_left_is_told_as_openais_clients_expect_it() -> None:
    windows = [
        window("requests", "minute", 60, 30),
        window("requests", "day", 100, 3000),
        window("tokens", "day", 5000, 3000),
        window("usd", "day", 5, 3000),
    ]
    assert limit_headers(windows, [1, 90, 6000, 1]) == {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "10",
        "x-ratelimit-reset-requests": "3000s",
        "x-ratelimit-limit-tokens": "5000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "3000s",
    }


def test_nothing_is_told_of_what_is_not_bounded() -> None:
    assert limit_headers([], []) == {}
    assert limit_headers([window("usd", "day", 5, 30)], [1]) == {}
