"""Local models behind the OpenAI wire."""
