"""The question is made to stand alone."""

from ragstone_agents.follow_up import stand_alone
from ragstone_agents.graph.state import AnswerState, Run

_LONGEST_QUERY = 8000


async def rewrite(state: AnswerState, runtime: Run) -> AnswerState:
    with runtime.context.timed("rewrite"):
        query = stand_alone(state["question"], [turn.question for turn in state["history"]])
    return {"query": query[:_LONGEST_QUERY]}
