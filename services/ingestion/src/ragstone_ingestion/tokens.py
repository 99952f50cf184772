"""Counting tokens as the embedder does, so that a chunk fits its window."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from tokenizers import Tokenizer

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_APPROXIMATE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]{{1,6}}|[^\w\s]")
_SLICE = 100_000
_LONGEST_TOKEN = 32
_LETTERS = 4

Starts = list[int]


class TokenizedText:
    """The tokens of one text by position, so that any range of it is counted without reading it again."""

    def __init__(self, starts: Starts) -> None:
        self._starts = starts

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in the range; right for ranges that cut no word in two."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def after(self, start: int, count: int) -> int | None:
        """Where the token begins that follows ``count`` tokens from ``start`` on; None when there are no more."""
        position = bisect_left(self._starts, start) + count
        return self._starts[position] if position < len(self._starts) else None


class TokenCounter:
    """Says where the tokens of a text begin. Use :meth:`from_file` or :meth:`approximate`."""

    def __init__(self, starts: Callable[[str], Starts]) -> None:
        self._starts = starts

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The tokenizer of a ``tokenizer.json``. Raises ValueError when the file is none.

        What a tokenizer takes for one token for lack of a better idea, such as a thousand letters without a space,
        counts as a token for every four letters: so it counts for whoever reads the chunk.
        """
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # the library raises bare Exception for any malformed file
            raise ValueError(f"{path} is not a tokenizer: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()

        def starts(text: str) -> Starts:
            found: Starts = []
            for begin, part in _slices(text):
                for start, end in tokenizer.encode(part, add_special_tokens=False).offsets:
                    if end - start > _LONGEST_TOKEN:
                        found += range(begin + start, begin + end, _LETTERS)
                    else:
                        found.append(begin + start)
            return found

        return cls(starts)

    @classmethod
    def approximate(cls) -> Self:
        """A counter for when no tokenizer is at hand.

        A token is up to six letters or digits of a word, one Chinese, Japanese or Korean character, or one other
        character that is not white space. On English prose it counts about as much as a word-piece tokenizer does.
        """
        return cls(lambda text: [match.start() for match in _APPROXIMATE.finditer(text)])

    def count(self, text: str) -> int:
        return len(self._starts(text))

    def tokenize(self, text: str) -> TokenizedText:
        return TokenizedText(self._starts(text))


def _slices(text: str) -> Iterator[tuple[int, str]]:
    """The text in parts that end with a line if they can: a tokenizer needs 100 times the memory of what it reads."""
    start = 0
    while start < len(text):
        end = start + _SLICE
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield start, text[start:end]
        start = end
