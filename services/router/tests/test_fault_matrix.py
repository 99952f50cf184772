"""Every fault of a model server, streamed and whole, with another deployment to turn to and without."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from fastapi import FastAPI
from services.router.tests.conftest import MakeApp

from ragstone_contracts.identity import Identity
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_testing.model_servers import faulty
from ragstone_testing.model_servers.faulty import WORDS, Fault, FaultServer

SPARE_WORDS = ("from ", "the ", "spare")
PAGE = Path(__file__).parents[3] / "docs/reference/routing.md"


@dataclass(frozen=True)
class Case:
    """``whole`` and ``streamed`` are the reasons of the fallback; ``status`` and ``code`` what is told without one."""

    name: str
    fault: Fault
    whole: str
    streamed: str
    status: int
    code: str

    def route(self, name: str) -> str:
        """Those that wait for nothing go where patience is short."""
        return f"{name}-hasty" if self.code == "deadline_exceeded" else name

    @property
    def row(self) -> str:
        reasons = f"`{self.whole}`" if self.whole == self.streamed else f"`{self.whole}`, streamed `{self.streamed}`"
        return f"| {self.name} | {reasons} | {self.status} `{self.code}` |"


def case(name: str, fault: Fault, reasons: str, told: str) -> Case:
    whole, _, streamed = reasons.partition("/")
    status, code = told.split()
    return Case(name, fault, whole, streamed or whole, int(status), code)


HTML = b"<html><body>\n\nBad gateway\n\n</body></html>\n\n"
CASES = [
    case("no answer in time", faulty.is_silent, "timeout", "504 deadline_exceeded"),
    case("401", faulty.refuses(401), "http_401", "502 upstream_error"),
    case("402", faulty.refuses(402), "http_402", "502 upstream_error"),
    case("404", faulty.refuses(404), "http_404", "502 upstream_error"),
    case("429 with `Retry-After`", faulty.refuses(429, retry_after="30"), "http_429", "503 unavailable"),
    case("500", faulty.refuses(500), "http_500", "502 upstream_error"),
    case("503", faulty.refuses(503), "http_503", "503 unavailable"),
    case("reset before the head", faulty.resets, "unreachable", "503 unavailable"),
    case("reset before the first word", faulty.resets_after(0), "unreachable/broke_off", "503 unavailable"),
    case("end before the first word", faulty.ends_after(0), "not_json/broke_off", "502 upstream_error"),
    case("silence after the head", faulty.stalls_after(0), "timeout", "504 deadline_exceeded"),
    case("an error with the status 200", faulty.reports_error_after(0), "error_event", "502 upstream_error"),
    case("a page of HTML", faulty.says(HTML, "text/html"), "not_json/broke_off", "502 upstream_error"),
    case("JSON that is no answer", faulty.says(b'{"ok": true}'), "malformed/broke_off", "502 upstream_error"),
    case("events that are not JSON", faulty.says(b"data: {oops\n\n"), "not_json/broke_off", "502 upstream_error"),
    case("half an event", faulty.says_half_an_event_after(0), "not_json/broke_off", "502 upstream_error"),
    case("a prompt that is too long", faulty.overflows(), "context_overflow", "400 model_refused"),
    case("content it will not answer", faulty.refuses_content(), "content_refused", "400 model_refused"),
]


@dataclass
class Heard:
    """An answer as its client got it."""

    status: int
    headers: dict[str, str]
    text: str
    error: dict[str, Any] = field(default_factory=dict)
    is_done: bool = False
    usage: int = 0


@dataclass
class Bench:
    """A router over a server that fails (route ``alone``), and over that one and a spare (``backed``).

    Of each there is a route ``-hasty``, in which the server that fails has half a second.
    """

    app: FastAPI
    caller: Caller
    near: FaultServer
    spare: FaultServer

    async def ask(self, model: str, *, stream: bool, caller: Caller | None = None, **options: Any) -> Heard:
        body = {"model": model, "messages": [{"role": "user", "content": "Say it."}], "stream": stream, **options}
        headers = {"authorization": f"Bearer {(caller or self.caller).token}"}
        request = Request("POST", "/v1/chat/completions", headers, orjson.dumps(body))
        async with AsgiTransport(self.app).send(request) as response:
            content = await response.read()
            if response.status != 200 or not stream:
                return _whole(response.status, dict(response.headers), content)
            return _streamed(dict(response.headers), content)

    @property
    def calls(self) -> int:
        return len(self.near.calls) + len(self.spare.calls)


def _whole(status: int, headers: dict[str, str], content: bytes) -> Heard:
    body = orjson.loads(content)
    if status != 200:
        return Heard(status, headers, "", body)
    return Heard(status, headers, body["choices"][0]["message"]["content"], is_done=True)


def _streamed(headers: dict[str, str], content: bytes) -> Heard:
    heard = Heard(200, headers, "")
    assert content.endswith(b"\n\n"), "half an event was forwarded"
    for line in content.split(b"\n\n"):
        if line == b"data: [DONE]":
            heard.is_done = True
        elif line:
            body = orjson.loads(line.removeprefix(b"data: "))
            heard.error = body.get("error") or heard.error
            heard.text += "".join(one["delta"].get("content", "") for one in body.get("choices", []))
    return heard


@pytest.fixture
async def bench(tmp_path: Path, make_app: MakeApp, caller: Caller) -> AsyncIterator[Bench]:
    near, spare = FaultServer(), FaultServer(words=SPARE_WORDS)
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(server.listening()) for server in (near, spare)]
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump(_routes(*urls)))
        yield Bench(make_app(routes=path), caller, near, spare)


def _routes(near: str, spare: str) -> dict[str, Any]:
    deployments = [
        {"provider": "near", "model": "m", "price": {"input": 0, "output": 1.0}},
        {"provider": "spare", "model": "s", "price": {"input": 0, "output": 1_000_000.0}},
    ]
    hasty = [deployments[0] | {"timeout": 0.5}, deployments[1]]
    models = {"alone": deployments[:1], "backed": deployments, "alone-hasty": hasty[:1], "backed-hasty": hasty}
    urls = {"near": near, "spare": spare}
    return {
        "providers": {name: {"kind": "openai-compatible", "url": url} for name, url in urls.items()},
        "models": {name: {"deployments": listed} for name, listed in models.items()},
    }


def reason(told: Case, stream: bool) -> str:
    return told.streamed if stream else told.whole


both = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
every = pytest.mark.parametrize("told", CASES, ids=lambda one: one.name)


@pytest.mark.requirement("RTR-3")
@both
@every
async def test_another_deployment_answers_for_one_that_fails(told: Case, stream: bool, bench: Bench) -> None:
    bench.near.faults.append(told.fault)

    heard = await bench.ask(told.route("backed"), stream=stream)

    assert (heard.status, heard.text, heard.is_done, heard.error) == (200, "".join(SPARE_WORDS), True, {})
    assert heard.headers["x-ragstone-fallback"] == f"m; {reason(told, stream)}"
    assert heard.headers["x-ragstone-model"] == "s"
    assert (len(bench.near.calls), len(bench.spare.calls)) == (1, 1)


@pytest.mark.requirement("RTR-3")
@both
@every
async def test_without_another_the_fault_is_told_and_nobody_is_asked_again(
    told: Case, stream: bool, bench: Bench
) -> None:
    bench.near.faults.append(told.fault)

    heard = await bench.ask(told.route("alone"), stream=stream)

    assert (heard.status, heard.error["code"], heard.text) == (told.status, told.code, "")
    assert heard.error["error"]["code"] == told.code
    assert heard.headers.get("retry-after") == ("30" if "Retry-After" in told.name else None)
    assert bench.calls == 1


def test_the_page_has_the_matrix() -> None:
    page = PAGE.read_text()
    assert [told.row for told in CASES if told.row not in page] == []


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("model", ["alone", "backed"])
@pytest.mark.parametrize("words", range(21))
async def test_a_reset_after_so_many_words_never_repeats_one(words: int, model: str, bench: Bench) -> None:
    bench.near.faults.append(faulty.resets_after(words))

    heard = await bench.ask(model, stream=True)

    if words:
        assert (heard.text, heard.is_done) == ("".join(WORDS[:words]), False)
        assert (heard.error["code"], heard.error["partial"]) == ("unavailable", True)
        assert bench.calls == 1
    elif model == "backed":
        assert (heard.text, heard.is_done, bench.calls) == ("".join(SPARE_WORDS), True, 2)
    else:
        assert (heard.status, heard.text, bench.calls) == (503, "", 1)


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("words", range(0, 21, 4))
async def test_a_whole_answer_that_is_cut_is_had_from_another(words: int, bench: Bench) -> None:
    bench.near.faults.append(faulty.resets_after(words))

    heard = await bench.ask("backed", stream=False)

    assert (heard.text, bench.calls) == ("".join(SPARE_WORDS), 2)
    assert heard.headers["x-ragstone-fallback"] == "m; unreachable"


MIDWAY = {
    "ends": (faulty.ends_after, "upstream_error"),
    "half an event": (faulty.says_half_an_event_after, "upstream_error"),
    "reports an error": (faulty.reports_error_after, "upstream_error"),
    "stalls": (faulty.stalls_after, "deadline_exceeded"),
}


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("words", [1, 7])
@pytest.mark.parametrize("midway", MIDWAY)
async def test_whatever_happens_midway_the_answer_ends_in_an_error_that_calls_it_partial(
    midway: str, words: int, bench: Bench
) -> None:
    fault, code = MIDWAY[midway]
    bench.near.faults.append(fault(words))

    heard = await bench.ask("backed-hasty" if midway == "stalls" else "backed", stream=True)

    assert (heard.text, heard.is_done) == ("".join(WORDS[:words]), False)
    assert (heard.error["code"], heard.error["partial"]) == (code, True)
    assert bench.calls == 1


@pytest.mark.requirement("RTR-8")
@both
async def test_an_answer_that_drips_ends_at_the_deadline(stream: bool, bench: Bench, tokens: IdentityTokens) -> None:
    bench.near.faults.append(faulty.drips(0.2))
    hurried = tokens.mint(Identity(tenant="acme", user="ann", deadline=time.time() + 1.0))

    heard = await bench.ask("alone", stream=stream, caller=hurried)

    assert bench.calls == 1
    assert heard.error["code"] == "deadline_exceeded"
    if stream:
        assert heard.error["partial"] is True
        assert heard.text
        assert "".join(WORDS).startswith(heard.text)
    else:
        assert heard.status == 504
    async with asyncio.timeout(10):
        while not bench.near.left:  # noqa: ASYNC110  it is told by the socket
            await asyncio.sleep(0.005)


@pytest.mark.requirement("RTR-3")
@both
async def test_the_budget_is_looked_at_again_before_another_is_asked(
    stream: bool, bench: Bench, tokens: IdentityTokens
) -> None:
    """The spare takes a dollar a token."""
    bench.near.usual = faulty.refuses(500)
    poor = tokens.mint(Identity(tenant="acme", user="ann", budget_usd=0.5))

    heard = await bench.ask("backed", stream=stream, caller=poor, max_tokens=4)

    assert (heard.status, heard.error["code"]) == (402, "budget_spent")
    assert (len(bench.near.calls), len(bench.spare.calls)) == (1, 0)


SAVED_UP = 10
"""Extra calls that are had besides the tenth, and one more each second."""


@pytest.mark.requirement("RTR-3")
@both
@pytest.mark.parametrize("failing", [1, 2, 3], ids=lambda every: f"every {every}.")
async def test_many_requests_to_a_server_that_fails_make_a_tenth_of_calls_more(
    failing: int, stream: bool, bench: Bench
) -> None:
    count, started = 120, time.monotonic()
    wrong = [faulty.refuses(500), faulty.ends_after(0), faulty.resets]
    bench.near.faults.extend(wrong[at % 3] if at % failing == 0 else faulty.none for at in range(count))

    heard: list[Heard] = []
    for _ in range(count // 20):
        heard += await asyncio.gather(*(bench.ask("backed", stream=stream) for _ in range(20)))

    seconds = time.monotonic() - started
    assert bench.calls <= count * 1.1 + SAVED_UP + seconds
    assert {one.text for one in heard if one.status == 200} <= {"".join(WORDS), "".join(SPARE_WORDS)}
    assert all(one.is_done for one in heard if one.status == 200)


@pytest.mark.requirement("RTR-3")
@pytest.mark.parametrize("told", CASES[-2:], ids=lambda one: one.name)
async def test_a_request_that_does_not_suit_a_model_is_not_held_against_it(told: Case, bench: Bench) -> None:
    bench.near.faults.extend([told.fault] * 4)
    for _ in range(4):
        assert (await bench.ask("backed", stream=False)).text == "".join(SPARE_WORDS)

    assert (await bench.ask("backed", stream=False)).text == "".join(WORDS)


async def test_a_server_that_breaks_off_every_answer_is_left_alone(bench: Bench) -> None:
    bench.near.usual = faulty.resets_after(2)
    partial = [await bench.ask("backed", stream=True) for _ in range(3)]
    assert all(one.error["partial"] for one in partial)

    heard = await bench.ask("backed", stream=True)

    assert heard.headers["x-ragstone-fallback"] == "m; breaker_open"
    assert heard.text == "".join(SPARE_WORDS)


async def test_a_word_that_looks_like_the_end_is_none(bench: Bench) -> None:
    bench.near.words = ("so ", "data: [DONE]", " it ", "is")
    bench.near.faults.append(faulty.ends_after(3))

    heard = await bench.ask("alone", stream=True)

    assert (heard.text, heard.error["partial"]) == ("so data: [DONE] it ", True)


@pytest.mark.requirement("RTR-8")
async def test_without_a_deadline_a_stream_has_an_end_too(bench: Bench) -> None:
    bench.app.state.proxy._settings.answer_timeout = 0.1
    bench.near.faults.append(faulty.drips(0.04))

    heard = await bench.ask("alone", stream=True)

    assert (heard.error["code"], heard.error["partial"], heard.is_done) == ("deadline_exceeded", True, False)
