"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_agents.answers import Answers


async def _answers(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


AnswersDependency = Annotated[Answers, Depends(_answers)]
