"""Each module reads PDFs in its own way: ``python -m bench.parsers.contestants.NAME OPTIONS``."""
