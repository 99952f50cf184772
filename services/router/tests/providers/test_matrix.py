"""Every provider through the router, asked by the official client, answered on the vendor's own wire."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import openai
import pytest
from services.router.tests.providers.cases import CASES
from services.router.tests.providers.conftest import Driven, driven

from ragstone_testing.model_servers.wire import Call, Fault, Reply

pytestmark = pytest.mark.requirement("RTR-2")

ASKED: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say it."}]
PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "weather", "description": "Of a place.", "parameters": PARAMETERS}}
]
CALLS = (Call("call_1", "weather", {"place": "Oslo"}), Call("call_2", "weather", {"place": "Rome, Italy"}))
SCHEMA = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
COST = ((16 - 5) * 1 + 5 * 0.1 + 4 * 5) / 1e6
COST_WITHOUT_CACHED = (16 * 1 + 4 * 5) / 1e6


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def it(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    if request.param.needs_litellm and find_spec("litellm") is None:
        pytest.skip("litellm is in an environment of its own: make test-providers")
    with driven(request.param, tmp_path_factory.mktemp(request.param.name)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _nothing_is_left_of_the_test_before(it: Driven) -> None:
    it.server.replies.clear()


def test_a_chat_is_answered(it: Driven) -> None:
    raw = it.client.chat.completions.with_raw_response.create(model="it", messages=ASKED, max_tokens=50)
    answer = raw.parse()

    assert answer.choices[0].message.content == "Hello from the script."
    assert answer.choices[0].finish_reason == "stop"
    assert raw.headers["x-ragstone-model"] == it.server.model
    assert "Be brief." in json.dumps(it.server.received[-1].body)


def test_a_stream_comes_in_pieces(it: Driven) -> None:
    chunks = list(it.client.chat.completions.create(model="it", messages=ASKED, stream=True))

    assert _pieces(chunks) == ["Hello", " from", " the", " script."]
    assert [one.choices[0].finish_reason for one in chunks if one.choices and one.choices[0].finish_reason] == ["stop"]


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
def test_tools_are_called_in_parallel_and_told_what_came_of_it(streams: bool, it: Driven) -> None:
    if not it.case.calls_tools:
        _is_left_to_another(it, tools=TOOLS)
        return
    it.server.replies.append(Reply((), calls=CALLS, finish="tools"))
    calls = _streamed_calls(it.client) if streams else _whole_calls(it.client)
    assert [(name, json.loads(arguments)) for _, name, arguments in calls] == [(c.name, c.arguments) for c in CALLS]
    assert len({call for call, _, _ in calls}) == 2

    said = [
        {"id": call, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call, name, arguments in calls
    ]
    results = [{"role": "tool", "tool_call_id": call, "content": '{"sky": "rain"}'} for call, _, _ in calls]
    turns: list[Any] = [*ASKED, {"role": "assistant", "content": None, "tool_calls": said}, *results]
    answer = it.client.chat.completions.create(model="it", messages=turns, tools=TOOLS)
    assert answer.choices[0].message.content == "Hello from the script."
    assert json.dumps(it.server.received[-1].body).count("rain") == 2


def test_an_answer_follows_a_schema(it: Driven) -> None:
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "sum", "schema": SCHEMA, "strict": True}}
    if not it.case.follows_schemas:
        _is_left_to_another(it, response_format=wanted)
        return
    it.server.replies.append(Reply(('{"amount"', ": 3}")))
    answer = it.client.chat.completions.create(model="it", messages=ASKED, response_format=wanted)

    assert json.loads(answer.choices[0].message.content or "") == {"amount": 3}
    assert "amount" in json.dumps(it.server.received[-1].body)


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("http_401", Fault(401)),
        ("http_404", Fault(404)),
        ("http_429", Fault(429, "slow down", retry_after=3)),
        ("http_500", Fault(500)),
        ("context_overflow", None),
    ],
)
def test_another_model_answers_when_the_vendor_does_not(reason: str, fault: Fault | None, it: Driven) -> None:
    it.server.replies.append(fault or it.server.overflow())
    answer = it.client.chat.completions.with_raw_response.create(model=reason, messages=ASKED)

    told = {reason, "http_503"} if it.case.needs_litellm and reason == "http_500" else {reason}
    assert answer.headers["x-ragstone-fallback"] in {f"{it.server.model}; {one}" for one in told}


def test_what_is_wrong_with_a_request_is_told_in_the_vendors_words(it: Driven) -> None:
    it.server.replies.append(Fault(400, "there is something off with it"))
    with pytest.raises(openai.BadRequestError, match="something off") as caught:
        it.client.chat.completions.create(model="it", messages=ASKED)
    assert caught.value.code == "model_refused"


@pytest.mark.parametrize("fault", [Reply(error_after=4), Reply(end_after=4)], ids=["error", "cut"])
def test_a_stream_that_fails_midway_ends_in_an_error(fault: Reply, it: Driven) -> None:
    if not it.case.tells_cut_streams:
        pytest.skip("what litellm makes of the vendor's stream has no sign of it")
    it.server.replies.append(fault)
    heard: list[Any] = []
    with pytest.raises(openai.APIError):
        for chunk in it.client.chat.completions.create(model="it", messages=ASKED, stream=True):
            heard.append(chunk)
    assert _pieces(heard)
    assert "".join(_pieces(heard)) in "Hello from the script."


def test_what_an_answer_took_and_cost_is_known(it: Driven) -> None:
    raw = it.client.chat.completions.with_raw_response.create(model="it", messages=ASKED)
    _has_counted(it, raw.parse().usage)
    assert float(raw.headers["x-ragstone-cost-usd"]) == pytest.approx(_cost(it))


def test_what_a_stream_took_and_cost_is_known(it: Driven) -> None:
    asked: Any = {"model": "it", "messages": ASKED, "stream": True, "stream_options": {"include_usage": True}}
    counting = [chunk for chunk in it.client.chat.completions.create(**asked) if chunk.usage]
    _has_counted(it, counting[-1].usage)
    assert (counting[-1].model_extra or {})["ragstone"]["cost_usd"] == pytest.approx(_cost(it))


def _is_left_to_another(it: Driven, **asked: Any) -> None:
    """What the vendor's wire has nothing for goes to the next model of the route."""
    raw = it.client.chat.completions.with_raw_response.create(model="incapable", messages=ASKED, **asked)
    assert raw.headers["x-ragstone-fallback"] == f"{it.server.model}; incapable"


def _has_counted(it: Driven, usage: Any) -> None:
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (16, 4, 20)
    if it.case.counts_cached:
        assert usage.prompt_tokens_details.cached_tokens == 5


def _cost(it: Driven) -> float:
    return COST if it.case.counts_cached else COST_WITHOUT_CACHED


def _pieces(chunks: list[Any]) -> list[str]:
    return [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]


def _whole_calls(client: openai.OpenAI) -> list[tuple[str, str, str]]:
    answer = client.chat.completions.create(model="it", messages=ASKED, tools=TOOLS)
    assert answer.choices[0].finish_reason == "tool_calls"
    calls: list[Any] = answer.choices[0].message.tool_calls or []
    return [(one.id, one.function.name, one.function.arguments) for one in calls]


def _streamed_calls(client: openai.OpenAI) -> list[tuple[str, str, str]]:
    gathered: dict[int, list[str]] = {}
    for chunk in client.chat.completions.create(model="it", messages=ASKED, tools=TOOLS, stream=True):
        for part in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            call = gathered.setdefault(part.index, ["", "", ""])
            assert part.function is not None
            call[0] += part.id or ""
            call[1] += part.function.name or ""
            call[2] += part.function.arguments or ""
    return [(call, name, arguments) for call, name, arguments in gathered.values()]
