"""PDFium's text as it comes: no order, no paragraphs, no tables."""

from pathlib import Path

import pypdfium2
from bench.parsers.contestants.outcome import main


async def read(file: Path) -> str:
    texts = []
    with pypdfium2.PdfDocument(file) as document:
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
    return "\n".join(texts)


if __name__ == "__main__":
    main(read)
