"""Replicate's predictions, seen as the OpenAI wire."""
