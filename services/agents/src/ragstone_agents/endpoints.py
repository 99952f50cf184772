"""The answer endpoint."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from ragstone_agents.answers import encoded
from ragstone_agents.dependencies import AnswersDependency
from ragstone_contracts.chat import ChatRequest
from ragstone_kit import sse
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1", tags=["answers"])


@router.post("/answers", response_class=StreamingResponse, responses={200: {"content": {sse.MEDIA_TYPE: {}}}})
async def answer(request: ChatRequest, answers: AnswersDependency, caller: CallerDependency) -> StreamingResponse:
    """The events of an answer as they come; the last is ``done`` or ``error``."""
    events = await answers.open(caller, request)
    return StreamingResponse(encoded(events), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)
