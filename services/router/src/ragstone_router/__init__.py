"""The model router: one OpenAI wire in front of every model."""
