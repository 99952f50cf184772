"""Every fault of a model server, streamed and whole, with another deployment to turn to and without."""

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
    """A router over a server that fails (route ``alone``), and over that one and a spare (``backed``)."""

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
        yield Bench(make_app(routes=path, timeout=0.25, first_token_timeout=0.25), caller, near, spare)


def _routes(near: str, spare: str) -> dict[str, Any]:
    deployments = [
        {"provider": "near", "model": "m", "price": {"input": 0, "output": 1.0}},
        {"provider": "spare", "model": "s", "price": {"input": 0, "output": 1_000_000.0}},
    ]
    urls = {"near": near, "spare": spare}
    return {
        "providers": {name: {"kind": "openai-compatible", "url": url} for name, url in urls.items()},
        "models": {"alone": {"deployments": deployments[:1]}, "backed": {"deployments": deployments}},
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

    heard = await bench.ask("backed", stream=stream)

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

    heard = await bench.ask("alone", stream=stream)

    assert (heard.status, heard.error["code"], heard.text) == (told.status, told.code, "")
    assert heard.error["error"]["code"] == told.code
    assert heard.headers.get("retry-after") == ("30" if "Retry-After" in told.name else None)
    assert bench.calls == 1
