"""LangGraph graphs; the answer graph."""
