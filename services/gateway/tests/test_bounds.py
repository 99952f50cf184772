import time

import httpx
import pytest

from .conftest import Behind

ASKED = {"question": "?", "collection": "c"}


@pytest.mark.requirement("CIT-5")
async def test_a_budget_and_a_deadline_reach_the_services_behind(client: httpx.AsyncClient, behind: Behind) -> None:
    bounds = {"X-Ragstone-Budget-USD": "0.25", "X-Ragstone-Deadline-Seconds": "30"}
    await client.post("/v1/chat", json=ASKED, headers=bounds)
    await client.post("/v1/chat", json=ASKED)

    bounded, free = behind.callers
    assert bounded.budget_usd == 0.25
    assert bounded.deadline == pytest.approx(time.time() + 30, abs=20)
    assert (free.budget_usd, free.deadline) == (None, None)


@pytest.mark.parametrize("said", ["", "much", "-1", "nan", "inf"])
async def test_what_is_no_amount_is_refused(said: str, client: httpx.AsyncClient, behind: Behind) -> None:
    response = await client.post("/v1/chat", json=ASKED, headers={"X-Ragstone-Budget-USD": said})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert behind.callers == []
