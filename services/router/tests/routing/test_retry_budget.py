import pytest

from ragstone_router.routing.retry_budget import RetryBudget


@pytest.mark.requirement("RTR-3")
def test_extra_calls_are_a_tenth_of_all_and_a_few_at_rest() -> None:
    now = [0.0]
    budget = RetryBudget(lambda: now[0])

    taken = 0
    for _ in range(1000):
        budget.asked()
        taken += budget.take()
    assert 105 <= taken <= 110

    now[0] += 5
    assert sum(budget.take() for _ in range(20)) == 5
