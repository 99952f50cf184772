"""What is embedded: pieces of this repository's own documentation of exactly so many tokens, and short queries."""

import re
from pathlib import Path

from tokenizers import Tokenizer

_MARKS = 2
"""Tokens the model puts around every text."""


def chunks_of(root: Path, tokenizer_file: Path, tokens: int, count: int) -> list[str]:
    """Different texts. Raises SystemExit when there is too little documentation."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    text = _documentation(root)
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    inside, chunks = tokens - _MARKS, []
    for start in range(0, len(offsets) - inside, inside // 4):
        chunk = text[offsets[start][0] : offsets[start + inside - 1][1]]
        # A cut through a word may read as other tokens.
        if len(tokenizer.encode(chunk).ids) == tokens:
            chunks.append(chunk)
    if len(chunks) < count:
        raise SystemExit(f"the documentation gives {len(chunks)} texts of {tokens} tokens, not {count}")
    return chunks[:: len(chunks) // count][:count]


def queries_of(root: Path, count: int) -> list[str]:
    """The first eight words of sentences."""
    sentences = re.split(r"(?<=[.!?])\s+", _documentation(root))
    starts = [" ".join(sentence.split()[:8]) for sentence in sentences if len(sentence.split()) >= 8]
    return starts[:: len(starts) // count][:count]


def _documentation(root: Path) -> str:
    files = sorted([root / "README.md", *root.glob("docs/**/*.md"), *root.glob("services/*/README.md")])
    return " ".join(" ".join(file.read_text().split()) for file in files)
