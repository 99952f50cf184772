"""Puts the nodes of the ``answer`` graph together."""

import langsmith
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from ragstone_agents.graph.finish import finish
from ragstone_agents.graph.guard_input import guard_input
from ragstone_agents.graph.guard_retrieved import guard_retrieved
from ragstone_agents.graph.retrieve import retrieve
from ragstone_agents.graph.rewrite import rewrite
from ragstone_agents.graph.state import AnswerContext, AnswerState
from ragstone_agents.graph.write import abstain, write

AnswerGraph = CompiledStateGraph[AnswerState, AnswerContext, AnswerState, AnswerState]


# Graphs report to a hosted service when an environment variable of that service is set; ours never do.
langsmith.configure(enabled=False)


def build_answer_graph() -> AnswerGraph:
    graph = StateGraph(AnswerState, AnswerContext)
    nodes = (guard_input, rewrite, retrieve, guard_retrieved, write, abstain, finish)
    for node in nodes:
        graph.add_node(node.__name__, node)
    for before, after in ((START, "guard_input"), ("guard_input", "rewrite"), ("rewrite", "retrieve")):
        graph.add_edge(before, after)
    graph.add_edge("retrieve", "guard_retrieved")
    graph.add_conditional_edges("guard_retrieved", _write_or_abstain, ["write", "abstain"])
    graph.add_edge("write", "finish")
    graph.add_edge("abstain", "finish")
    graph.add_edge("finish", END)
    return graph.compile(name="answer")


async def _write_or_abstain(state: AnswerState) -> str:
    return "write" if state["evidence"] else "abstain"
