"""The ``answer`` graph: a question in, checked sentences with their citations out."""

from ragstone_agents.graph.build import build_answer_graph
from ragstone_agents.graph.state import AnswerContext, AnswerState, Services

__all__ = ["AnswerContext", "AnswerState", "Services", "build_answer_graph"]
