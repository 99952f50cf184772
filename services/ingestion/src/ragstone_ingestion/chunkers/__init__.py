"""Chunkers: from a parsed document to the ranges of its text that are embedded and found."""
