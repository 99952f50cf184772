"""Anthropic's Messages API, seen as the OpenAI wire."""
