"""What the ledger, the spans and the vendors' own invoices say of the same requests."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import yaml
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ragstone_clients.router import RouterClient
from ragstone_contracts.identity import Identity
from ragstone_contracts.usage import UsageQuery, UsageRow
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.tracing import configure_tracing
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_testing.model_servers.invoicing import InvoicingServer, Item, Tariff
from ragstone_testing.scripted_models import listening

TARIFFS = {
    "dear": Tariff(Decimal("2.5"), Decimal("1.25"), Decimal(10)),
    "cheap": Tariff(Decimal("0.0375"), Decimal("0.01875"), Decimal("0.15")),
}
PARTS = ("input", "cached", "output")
PRICES = {name: {part: float(getattr(one, part)) for part in PARTS} for name, one in TARIFFS.items()}
PICO = 10**12


@pytest.fixture
def vendor() -> InvoicingServer:
    return InvoicingServer(TARIFFS)


@pytest.fixture
async def router(tmp_path: Path, make_app: Callable[..., FastAPI], vendor: InvoicingServer) -> AsyncIterator[FastAPI]:
    with listening(vendor) as url:
        deployments = [{"provider": "vendor", "model": name, "price": price} for name, price in PRICES.items()]
        said = {
            "providers": {
                "vendor": {"kind": "openai-compatible", "url": f"{url}/v1"},
                "away": {"kind": "openai-compatible", "url": "http://127.0.0.1:9/v1"},
            },
            "models": {
                "dear": {"deployments": deployments[:1]},
                "cheap": {"deployments": deployments[1:]},
                "either": {"deployments": [{"provider": "away", "model": "dear", "price": "free"}, deployments[1]]},
                "unpriced": {"deployments": [{"provider": "vendor", "model": "dear"}]},
            },
            "limits": [{"holder": "tenant", "name": "acme", "usd_per_month": 1000, "tokens_per_day": 10_000_000}],
        }
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump(said))
        app = make_app(routes=path, database_url=f"sqlite+aiosqlite:///{tmp_path}/router.db")
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    configure_tracing()
    exporter = InMemorySpanExporter()
    processor = SimpleSpanProcessor(exporter)
    provider = cast(TracerProvider, trace.get_tracer_provider())
    provider.add_span_processor(processor)
    yield exporter
    processor.shutdown()


async def ask(app: FastAPI, caller: Caller, model: str, what: str, **options: Any) -> bytes:
    """The whole answer, or as much as came before the connection broke."""
    said = f"{'some words that stand before it ' * random.randint(0, 5)}".strip()
    messages = [{"role": "system", "content": said or "-"}, {"role": "user", "content": what}]
    body = orjson.dumps({"model": model, "messages": messages, "user": caller.identity.user, **options})
    headers = {"authorization": f"Bearer {caller.token}"}
    async with AsgiTransport(app).send(Request("POST", "/v1/chat/completions", headers, body)) as response:
        return await response.read()


async def leave(app: FastAPI, caller: Caller) -> None:
    """Hear some words of a long answer, and go."""
    messages = [{"role": "user", "content": "drip 100"}]
    async with RouterClient(AsgiTransport(app)).chat(caller, "dear", messages, user=caller.identity.user) as stream:
        words = stream.text()
        for _ in range(5):
            await anext(words)


async def rows(app: FastAPI, caller: Caller, *by: str, **only: str) -> Sequence[UsageRow]:
    query = UsageQuery.model_validate({"by": list(by), **only})
    return (await RouterClient(AsgiTransport(app)).usage(caller, query)).rows


def exact(row: UsageRow) -> tuple[int, int, int, Decimal]:
    return row.requests, row.prompt_tokens, row.completion_tokens, Decimal(repr(row.cost_usd))


def billed(items: Sequence[Item]) -> tuple[int, int, int, Decimal]:
    usd = sum((one.usd for one in items), Decimal(0))
    return len(items), sum(one.asked for one in items), sum(one.answered for one in items), usd


def traced(spans: Sequence[ReadableSpan]) -> tuple[int, int, int, Decimal]:
    said = [dict(one.attributes or {}) for one in spans]
    usd = sum(round(cast(float, one["ragstone.cost_usd"]) * PICO) for one in said)
    asked, answered = (
        sum(cast(int, one[f"gen_ai.usage.{which}_tokens"]) for one in said) for which in ("input", "output")
    )
    return len(said), asked, answered, Decimal(usd) / PICO


def of(user: str, tokens: IdentityTokens) -> Caller:
    return tokens.mint(Identity(tenant="acme", user=user))


def mixed(app: FastAPI, caller: Caller, number: int) -> Any:
    """One of those kinds of requests that a vendor counts."""
    model, length = random.choice(["dear", "cheap", "either"]), random.randint(1, 40)
    options: dict[str, Any] = {}
    if number % 3:
        options["stream"] = True
    if number % 3 == 1:
        options["stream_options"] = {"include_usage": True}
    return ask(app, caller, model, "fail" if number % 10 == 9 else f"answer {length}", **options)


async def in_turns(works: list[Any], at_once: int = 20) -> list[Any]:
    turns = asyncio.Semaphore(at_once)

    async def one(work: Any) -> Any:
        async with turns:
            return await work

    return await asyncio.gather(*map(one, works))


@pytest.mark.requirement("RTR-5")
async def test_ledger_usage_spans_and_invoice_say_the_same_to_the_digit(
    router: FastAPI, tokens: IdentityTokens, vendor: InvoicingServer, spans: InMemorySpanExporter
) -> None:
    ann = of("ann", tokens)
    await in_turns([mixed(router, ann, number) for number in range(300)])

    [total] = await rows(router, ann, "user")
    assert total.requests == len(vendor.invoice)
    assert 250 <= total.requests < 300
    assert exact(total) == billed(vendor.invoice)
    assert (total.estimated, total.of_unknown_cost) == (0, 0)
    for row in await rows(router, ann, "model"):
        assert exact(row) == billed([one for one in vendor.invoice if one.model == row.model])
    answered = [one for one in spans.get_finished_spans() if "ragstone.deployment" in (one.attributes or {})]
    assert traced(answered) == exact(total)
    used = await router.state.proxy.accounts.states(router.state.proxy.book.rules.windows(ann.identity))
    assert {one.measure: one.used for one in used} == {
        "usd": pytest.approx(total.cost_usd, rel=1e-12),
        "tokens": total.prompt_tokens + total.completion_tokens,
    }


@pytest.mark.requirement("RTR-5")
async def test_what_nobody_counted_is_an_estimate_and_the_sum_says_of_how_many(
    router: FastAPI, tokens: IdentityTokens, vendor: InvoicingServer
) -> None:
    bob = of("bob", tokens)
    broken = [ask(router, bob, "dear", f"break {number + 1}", stream=True) for number in range(20)]
    await in_turns([*broken, *(leave(router, bob) for _ in range(5)), *(mixed(router, bob, n) for n in range(9))])
    async with asyncio.timeout(5):
        while len(vendor.invoice) < 34:  # noqa: ASYNC110  the vendor notices by itself that a client has gone
            await asyncio.sleep(0.01)

    [total] = await rows(router, bob, "user")
    assert total.requests == len(vendor.invoice) == 34
    assert total.estimated == 25 == sum(not one.told for one in vendor.invoice)
    # Each word is an event here, and the end of a broken stream is none: the estimate of the answers is near.
    _, _, answered, _ = billed([one for one in vendor.invoice if one.model])
    assert abs(total.completion_tokens - answered) <= 25 * 3


async def test_an_answer_without_a_price_is_counted_apart(router: FastAPI, tokens: IdentityTokens) -> None:
    eve = tokens.mint(Identity(tenant="free", user="eve"))
    await ask(router, eve, "unpriced", "answer 3")
    await ask(router, eve, "dear", "answer 3")
    [total] = await rows(router, eve, "user")
    assert (total.requests, total.of_unknown_cost) == (2, 1)
    assert 0 < total.cost_usd < 0.001


async def test_a_client_that_did_not_ask_to_count_is_not_told(router: FastAPI, tokens: IdentityTokens) -> None:
    ann = of("ann", tokens)
    silent = await ask(router, ann, "dear", "answer 3", stream=True)
    told = await ask(router, ann, "dear", "answer 3", stream=True, stream_options={"include_usage": True})
    assert b"usage" not in silent
    assert silent.rstrip().endswith(b"[DONE]")
    assert b'"cost_usd":' in told
    assert (await rows(router, ann, "user"))[0].estimated == 0
