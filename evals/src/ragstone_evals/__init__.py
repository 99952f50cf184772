"""Evaluation suites that talk to Ragstone over HTTP."""
