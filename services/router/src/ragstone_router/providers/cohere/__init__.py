"""Cohere's own chat and rerank, seen as the OpenAI wire."""
