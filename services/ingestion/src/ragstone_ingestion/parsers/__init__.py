"""Parsers: from a file to its canonical text and blocks."""
