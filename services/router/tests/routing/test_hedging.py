import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from services.router.tests.conftest import MakeApp, MakeAsk
from services.router.tests.routing.conftest import OpenFile, deployment
from services.router.tests.test_fault_matrix import SPARE_WORDS, Bench

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.identity import Identity
from ragstone_contracts.usage import UsageQuery
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_router.routing.hedging import Hedge
from ragstone_testing.model_servers import faulty
from ragstone_testing.model_servers.faulty import WORDS, FaultServer

NEAR, SPARE = "".join(WORDS), "".join(SPARE_WORDS)
both = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture
async def bench(tmp_path: Path, make_app: MakeApp, caller: Caller) -> AsyncIterator[Bench]:
    """Routes ``hedged``, after a twentieth of a second, ``patient``, after a long time, and ``plain``."""
    near, spare = FaultServer(), FaultServer(words=SPARE_WORDS)
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(server.listening()) for server in (near, spare)]
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump(_routes(*urls)))
        app = make_app(routes=path, database_url=f"sqlite+aiosqlite:///{tmp_path}/db")
        await app.state.proxy.accounts.ledger.open()
        yield Bench(app, caller, near, spare)
        await app.state.proxy.accounts.close()


def _routes(near: str, spare: str) -> dict[str, Any]:
    price = {"input": 0, "output": 100_000.0}
    deployments = [{"provider": name, "model": name, "price": price} for name in ("near", "spare")]
    urls = {"near": near, "spare": spare}
    return {
        "providers": {name: {"kind": "openai-compatible", "url": url} for name, url in urls.items()},
        "models": {
            "hedged": {"deployments": deployments, "hedge": {"after_seconds": 0.05}},
            "patient": {"deployments": deployments, "hedge": {"after_seconds": 30}},
            "plain": {"deployments": deployments},
        },
    }


async def hung_up_on(server: FaultServer) -> bool:
    async with asyncio.timeout(10):
        while not server.left:  # noqa: ASYNC110  it is told by the socket
            await asyncio.sleep(0.005)
    return True


@pytest.mark.requirement("RTR-3")
@both
async def test_when_the_first_word_is_late_a_second_one_answers_and_the_first_is_hung_up_on(
    stream: bool, bench: Bench
) -> None:
    bench.near.faults.append(faulty.is_silent)

    heard = await bench.ask("hedged", stream=stream)

    assert (heard.text, heard.is_done, heard.headers["x-ragstone-model"]) == (SPARE, True, "spare")
    assert heard.headers["x-ragstone-fallback"] == "near; hedged"
    assert (bench.calls, await hung_up_on(bench.near)) == (2, True)


@both
async def test_the_late_one_answers_all_the_same_if_it_speaks_first(stream: bool, bench: Bench) -> None:
    bench.near.faults.append(faulty.late(0.15))
    bench.spare.faults.append(faulty.is_silent)

    heard = await bench.ask("hedged", stream=stream)

    assert (heard.text, heard.headers.get("x-ragstone-fallback")) == (NEAR, None)
    assert (bench.calls, await hung_up_on(bench.spare)) == (2, True)


@both
async def test_nobody_is_asked_besides_one_that_is_in_time_or_where_it_was_not_asked_for(
    stream: bool, bench: Bench
) -> None:
    assert (await bench.ask("patient", stream=stream)).text == NEAR
    bench.near.faults.append(faulty.late(0.15))
    assert (await bench.ask("plain", stream=stream)).text == NEAR
    assert (len(bench.near.calls), len(bench.spare.calls)) == (2, 0)


@both
async def test_a_first_that_fails_late_leaves_the_answer_to_the_second(stream: bool, bench: Bench) -> None:
    bench.near.faults.append(faulty.stalls_after(0))
    bench.spare.faults.append(faulty.refuses(500))
    bench.near.faults.append(faulty.none)
    slow = asyncio.create_task(bench.ask("hedged", stream=stream))
    await asyncio.sleep(0.2)
    assert not slow.done(), "the second failed, the first is waited for"
    slow.cancel()
    assert await hung_up_on(bench.near)

    async def fails_late(exchange: faulty.Exchange) -> None:
        await asyncio.sleep(0.1)
        await faulty.refuses(503)(exchange)

    bench.near.faults.clear()
    bench.near.faults.append(fails_late)
    bench.spare.faults.append(faulty.late(0.15))
    heard = await bench.ask("hedged", stream=stream)
    assert (heard.text, heard.headers["x-ragstone-fallback"]) == (SPARE, "near; http_503")


async def test_when_both_fail_the_failure_is_told(bench: Bench) -> None:
    async def fails_late(exchange: faulty.Exchange) -> None:
        await asyncio.sleep(0.1)
        await faulty.refuses(500)(exchange)

    bench.near.usual = bench.spare.usual = fails_late
    heard = await bench.ask("hedged", stream=True)
    assert (heard.status, heard.error["code"], bench.calls) == (502, "upstream_error", 2)


async def test_a_client_that_leaves_leaves_both(bench: Bench) -> None:
    bench.near.usual = bench.spare.usual = faulty.is_silent
    asking = asyncio.create_task(bench.ask("hedged", stream=True))
    while bench.calls < 2:  # noqa: ASYNC110  it is told by the socket
        await asyncio.sleep(0.005)
    asking.cancel()
    assert (await hung_up_on(bench.near), await hung_up_on(bench.spare)) == (True, True)


@pytest.mark.requirement("RTR-5")
@both
async def test_nobody_is_asked_besides_beyond_the_budget(stream: bool, bench: Bench, tokens: IdentityTokens) -> None:
    """An answer may take 40 cents there."""
    bench.near.faults.append(faulty.late(0.15))
    bench.near.usual = faulty.is_silent

    async def asked(budget: float) -> tuple[str, int]:
        caller = tokens.mint(Identity(tenant="acme", user="ann", budget_usd=budget))
        before = bench.calls
        return (await bench.ask("hedged", stream=stream, caller=caller, max_tokens=4)).text, bench.calls - before

    assert await asked(0.5) == (NEAR, 1)
    assert await asked(0.9) == (SPARE, 2)


@pytest.mark.requirement("RTR-3")
async def test_a_slow_server_makes_a_tenth_of_calls_more(bench: Bench) -> None:
    bench.near.usual, started = faulty.late(0.12), time.monotonic()
    heard = [
        one for _ in range(4) for one in await asyncio.gather(*(bench.ask("hedged", stream=True) for _ in range(20)))
    ]

    assert {one.text for one in heard} <= {NEAR, SPARE}
    assert len(bench.near.calls) == 80
    assert 80 < bench.calls <= 80 * 1.1 + 10 + time.monotonic() - started


@pytest.mark.requirement("RTR-5")
async def test_who_was_asked_in_vain_is_charged_for_the_prompt(bench: Bench) -> None:
    bench.near.faults.append(faulty.is_silent)
    await bench.ask("hedged", stream=True)

    query = UsageQuery.model_validate({"by": ["deployment"]})
    report = await RouterClient(AsgiTransport(bench.app)).usage(bench.caller, query)

    found = {row.deployment: (row.prompt_tokens > 0, row.completion_tokens) for row in report.rows}
    assert found == {"near/near": (True, 0), "spare/spare": (True, len(SPARE_WORDS))}


def test_by_percentile_it_begins_when_enough_is_known(make_ask: MakeAsk) -> None:
    hedge, one = Hedge(percentile=90), deployment("one")
    for number in range(19):
        hedge.noted(one, make_ask(), number / 10)
    assert hedge.seconds(one, make_ask()) is None
    hedge.noted(one, make_ask(), 1.9)

    assert hedge.seconds(one, make_ask()) == 1.8
    assert hedge.seconds(one, make_ask(stream=True)) is None
    assert hedge.seconds(deployment("other"), make_ask()) is None


@pytest.mark.parametrize("said", [{}, {"after_seconds": 1, "percentile": 95}, {"after_seconds": -1}])
def test_a_hedge_has_one_of_both(said: dict[str, float], open_file: OpenFile) -> None:
    own = {"provider": "ragstone", "model": "ragstone-extractive"}
    with pytest.raises(InvalidRequest, match="hedge"):
        open_file({"models": {"fast": {"deployments": [own], "hedge": said}}})
