"""What vendors of the OpenAI wire do in their own way, and what is passed on to them as it came."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from services.router.tests.providers.cases import CASES
from services.router.tests.providers.conftest import Driven, driven

from ragstone_testing.model_servers.azure_openai import AzureOpenAIServer
from ragstone_testing.model_servers.deepseek import DeepSeekServer
from ragstone_testing.model_servers.groq import GroqServer
from ragstone_testing.model_servers.openrouter import OpenRouterServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply

pytestmark = pytest.mark.requirement("RTR-2")
ASKED: list[Any] = [{"role": "user", "content": "Say it."}]


@pytest.fixture
def it(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driven]:
    case = next(one for one in CASES if one.name == request.param)
    with driven(case, tmp_path) as opened:
        yield opened


def _fallback(it: Driven, route: str, **asked: Any) -> str | None:
    raw = it.client.chat.completions.with_raw_response.create(model=route, messages=ASKED, **asked)
    return raw.headers.get("x-ragstone-fallback")


@pytest.mark.parametrize("it", ["vllm"], indirect=True)
def test_fields_that_the_router_does_not_know_reach_the_server_as_they_are(it: Driven) -> None:
    own = {"min_p": 0.1, "guided_choice": ["yes", "no"], "chat_template_kwargs": {"enable_thinking": False}}
    it.client.chat.completions.create(model="it", messages=ASKED, extra_body=own)
    sent = it.server.received[-1].body
    assert {name: sent[name] for name in own} == own
    assert sent["model"] == it.server.model


@pytest.mark.parametrize("it", ["openai"], indirect=True)
def test_images_likelihoods_and_choices_pass_through(it: Driven) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]
    said = it.client.chat.completions.create(
        model="it", messages=messages, logprobs=True, top_logprobs=1, parallel_tool_calls=False
    )
    assert it.server.received[-1].body["messages"] == messages
    likely = said.choices[0].logprobs
    assert likely is not None
    assert likely.content


@pytest.mark.parametrize("it", ["deepseek"], indirect=True)
def test_what_a_model_thought_comes_before_what_it_says(it: Driven) -> None:
    it.server.replies.append(Reply(reasoning="Let me see."))
    chunks = list(it.client.chat.completions.create(model="it", messages=ASKED, stream=True))
    thought = [(one.choices[0].delta.model_extra or {}).get("reasoning_content") for one in chunks if one.choices]
    assert "Let me see." in thought


@pytest.mark.parametrize("it", ["deepseek"], indirect=True)
def test_an_account_without_money_is_left_for_another(it: Driven) -> None:
    assert isinstance(it.server, DeepSeekServer)
    it.server.replies.append(it.server.out_of_money())
    assert _fallback(it, "http_500") == f"{it.server.model}; http_402"


@pytest.mark.parametrize("it", ["openrouter"], indirect=True)
def test_an_error_with_a_status_of_200_is_one(it: Driven) -> None:
    assert isinstance(it.server, OpenRouterServer)
    it.server.replies.append(Reply(error_after=0))
    assert _fallback(it, "http_500") == f"{it.server.model}; http_502"
    it.server.replies.append(it.server.flagged())
    assert _fallback(it, "http_401") == f"{it.server.model}; http_403"


@pytest.mark.parametrize("it", ["groq"], indirect=True)
def test_a_request_too_large_for_an_account_is_left_for_another(it: Driven) -> None:
    assert isinstance(it.server, GroqServer)
    it.server.replies.append(it.server.too_large())
    assert _fallback(it, "http_500") == f"{it.server.model}; http_413"


@pytest.mark.parametrize("it", ["groq"], indirect=True)
def test_a_streams_usage_is_told_unasked_where_the_vendor_does(it: Driven) -> None:
    chunks = list(it.client.chat.completions.create(model="it", messages=ASKED, stream=True))
    assert [one.usage.total_tokens for one in chunks if one.usage] == [20]


@pytest.mark.parametrize("it", ["azure-openai"], indirect=True)
def test_a_content_filter_leaves_the_request_for_another(it: Driven) -> None:
    assert isinstance(it.server, AzureOpenAIServer)
    it.server.replies.append(it.server.filtered())
    assert _fallback(it, "http_500") == f"{it.server.model}; content_refused"


@pytest.mark.parametrize("it", ["gemini"], indirect=True)
def test_a_wrong_key_that_is_told_with_a_status_of_400_is_not_the_requests_fault(it: Driven) -> None:
    it.server.replies.append(Fault(400, "API key not valid. Please pass a valid API key."))
    assert _fallback(it, "http_500") == f"{it.server.model}; http_401"
    it.server.replies.append(Fault(400, "there is something off with it"))
    with pytest.raises(openai.BadRequestError, match="something off"):
        _fallback(it, "http_401")


@pytest.mark.parametrize("it", ["gemini"], indirect=True)
def test_thought_is_counted_as_the_answer_it_is_billed_as(it: Driven) -> None:
    it.server.replies.append(Reply(counted=Counted(reasoning=3)))
    said = it.client.chat.completions.create(model="it", messages=ASKED)
    assert said.usage is not None
    assert said.usage.completion_tokens == 4
    assert said.usage.completion_tokens_details is not None
    assert said.usage.completion_tokens_details.reasoning_tokens == 3
