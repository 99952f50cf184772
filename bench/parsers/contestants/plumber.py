"""pdfplumber's text and tables."""

from pathlib import Path

import pdfplumber
from bench.parsers.contestants.outcome import main


async def read(file: Path) -> str:
    texts = []
    with pdfplumber.open(file) as document:
        for page in document.pages:
            texts.append(page.extract_text())
            page.extract_tables()
            page.close()
    return "\n".join(texts)


if __name__ == "__main__":
    main(read)
