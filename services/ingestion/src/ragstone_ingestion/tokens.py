"""Counting tokens as the embedder does, so that a chunk fits its window."""

import re
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tokenizers import Tokenizer

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_APPROXIMATE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]{{1,6}}|[^\w\s]")

Span = tuple[int, int]


class TokenizedText:
    """The tokens of one text by position, so that any range of it is counted without reading it again."""

    def __init__(self, spans: list[Span]) -> None:
        self._starts = [start for start, _ in spans]

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in the range; right for ranges that cut no word in two."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def after(self, start: int, count: int) -> int:
        """Where the token begins that follows ``count`` tokens from ``start`` on. Raises IndexError for the last."""
        return self._starts[bisect_left(self._starts, start) + count]


class TokenCounter:
    """Cuts a text into token ranges. Use :meth:`from_file` or :meth:`approximate`."""

    def __init__(self, spans: Callable[[str], list[Span]]) -> None:
        self._spans = spans

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The tokenizer of a ``tokenizer.json``. Raises ValueError when the file is none."""
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # the library raises bare Exception for any malformed file
            raise ValueError(f"{path} is not a tokenizer: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()

        def spans(text: str) -> list[Span]:
            offsets = tokenizer.encode(text, add_special_tokens=False).offsets
            return [(start, end) for start, end in offsets if end > start]

        return cls(spans)

    @classmethod
    def approximate(cls) -> Self:
        """A counter for when no tokenizer is at hand.

        A token is up to six letters or digits of a word, one Chinese, Japanese or Korean character, or one other
        character that is not white space. On English prose it counts about as much as a word-piece tokenizer does.
        """
        return cls(lambda text: [match.span() for match in _APPROXIMATE.finditer(text)])

    def count(self, text: str) -> int:
        return len(self._spans(text))

    def tokenize(self, text: str) -> TokenizedText:
        return TokenizedText(self._spans(text))
