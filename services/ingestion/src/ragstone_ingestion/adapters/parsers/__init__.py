"""Parsers that are not Ragstone's own: vendors' APIs, and engines that are installed beside it."""
