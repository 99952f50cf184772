from ragstone_router.routing.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(3):
        breaker.begin()
        breaker.failed()
    return breaker


def test_it_opens_after_three_failures_in_a_row() -> None:
    breaker = Breaker(Clock())
    for failed in (True, True, False, True, True):
        breaker.failed() if failed else breaker.ended(None)

    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_half_open_it_lets_one_request_through() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 10

    assert not breaker.is_open
    breaker.begin()
    assert breaker.is_open


def test_a_success_closes_it() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 10
    breaker.begin()
    breaker.ended(None)

    assert not breaker.is_open
