import httpx
import pytest

from ragstone_contracts.chat import ErrorEvent, TokenEvent
from ragstone_kit import sse

from .conftest import ANSWER, EVENTS, Behind

QUESTION = {"question": "Is stone hard?", "collection": "c"}


async def _events(response: httpx.Response) -> list[sse.ServerSentEvent]:
    return [event async for event in sse.decode(response.aiter_bytes())]


async def test_an_answer_is_json_unless_a_stream_is_asked_for(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/chat", json=QUESTION)
    assert response.json() == ANSWER.model_dump(mode="json")


async def test_a_stream_has_typed_events_with_ids_and_ends_in_done(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/chat", json=QUESTION | {"stream": True})
    events = await _events(response)
    assert [event.event for event in events] == [event.type for event in EVENTS]
    assert [event.id for event in events] == ["1", "2", "3", "4"]


@pytest.mark.requirement("CIT-6")
@pytest.mark.parametrize("broken_after", [1, 2, 3])
async def test_an_answer_that_breaks_off_ends_in_an_error_event(
    client: httpx.AsyncClient, behind: Behind, broken_after: int
) -> None:
    behind.events = EVENTS[:broken_after]
    events = await _events(await client.post("/v1/chat", json=QUESTION | {"stream": True}))
    assert len(events) == broken_after + 1
    assert ErrorEvent.model_validate_json(events[-1].data).problem["code"] == "upstream_error"


async def test_an_answer_that_breaks_off_is_an_error_as_json_too(client: httpx.AsyncClient, behind: Behind) -> None:
    behind.events = [TokenEvent(text="Stone")]
    response = await client.post("/v1/chat", json=QUESTION)
    assert (response.status_code, response.json()["code"]) == (502, "upstream_error")


@pytest.mark.parametrize("stream", [False, True])
async def test_what_fails_before_the_first_event_is_an_http_error(
    client: httpx.AsyncClient, behind: Behind, stream: bool
) -> None:
    response = await client.post("/v1/chat", json=QUESTION | {"collection": "missing", "stream": stream})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"collection": "c"},
        {"question": "a", "collection": "c", "stream": "perhaps"},
        {"question": "a", "messages": [{"role": "user", "content": "a"}], "collection": "c"},
        {"question": "   ", "collection": "c"},
        {"messages": [{"role": "assistant", "content": "a"}], "collection": "c"},
        {"question": "a", "collection": "c", "colour": "red"},
    ],
)
async def test_a_malformed_question_is_refused(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    response = await client.post("/v1/chat", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
