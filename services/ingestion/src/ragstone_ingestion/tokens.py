"""Counting tokens as the embedder does, so that a chunk fits its window."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Protocol, Self

from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import BertPreTokenizer

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_APPROXIMATE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]{{1,6}}|[^\w\s]")
_SLICE = 100_000
_LONGEST_TOKEN = 32
_LETTERS = 4
_SPACE = re.compile(r"([ \t\r\n]+)")
_LONGEST_WORD = 200
_MOST_WORDS = 50_000

Starts = list[int]


class TokenizedText(Protocol):
    """The tokens of one text by position, so that any range of it is counted without reading it again."""

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in the range; right for ranges that cut no word in two."""
        ...

    def after(self, start: int, count: int) -> int | None:
        """Where the token begins that follows ``count`` tokens from ``start`` on; None when there are no more."""
        ...


class _ByToken:
    """Knows where each token begins."""

    def __init__(self, starts: Starts) -> None:
        self._starts = starts

    def count(self, start: int, end: int) -> int:
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def after(self, start: int, count: int) -> int | None:
        position = bisect_left(self._starts, start) + count
        return self._starts[position] if position < len(self._starts) else None


class _ByWord:
    """Knows where each word begins, how many tokens come before it, and where those of the word begin in it."""

    def __init__(self, parts: Sequence[str], starts_of: Callable[[str], Starts]) -> None:
        """``parts`` are words and the spaces between them in turn."""
        ends = list(accumulate(map(len, parts)))
        self._words = parts[::2]
        self._begins = [0, *ends[1::2]]
        self._before = [0, *accumulate(map(len, map(starts_of, self._words)))]
        self._starts_of = starts_of

    def count(self, start: int, end: int) -> int:
        return self._tokens_before(end) - self._tokens_before(start)

    def after(self, start: int, count: int) -> int | None:
        wanted = self._tokens_before(start) + count
        if wanted >= self._before[-1]:
            return None
        word = bisect_right(self._before, wanted) - 1
        return self._begins[word] + self._starts_of(self._words[word])[wanted - self._before[word]]

    def _tokens_before(self, position: int) -> int:
        words = bisect_left(self._begins, position)
        if words == 0:
            return 0
        begin, word = self._begins[words - 1], self._words[words - 1]
        if begin + len(word) <= position:
            return self._before[words]
        return self._before[words - 1] + bisect_left(self._starts_of(word), position - begin)


class TokenCounter:
    """Says where the tokens of a text begin. Use :meth:`from_file` or :meth:`approximate`."""

    def __init__(self, tokenize: Callable[[str], TokenizedText]) -> None:
        self._tokenize = tokenize

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

        # These, and no others here, never look over white space: what they make of a word they make of it everywhere.
        apart = isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
        return cls(_Vocabulary(tokenizer).tokenize if apart else lambda text: _ByToken(_starts(tokenizer, text)))

    @classmethod
    def approximate(cls) -> Self:
        """A counter for when no tokenizer is at hand.

        A token is up to six letters or digits of a word, one Chinese, Japanese or Korean character, or one other
        character that is not white space. On English prose it counts about as much as a word-piece tokenizer does.
        """
        return cls(lambda text: _ByToken([match.start() for match in _APPROXIMATE.finditer(text)]))

    def count(self, text: str) -> int:
        return self._tokenize(text).count(0, len(text))

    def tokenize(self, text: str) -> TokenizedText:
        return self._tokenize(text)


def _starts(tokenizer: Tokenizer, text: str) -> Starts:
    found: Starts = []
    for begin, part in _slices(text):
        found += [begin + start for start in _token_starts(tokenizer.encode(part, add_special_tokens=False).offsets)]
    return found


def _token_starts(offsets: Sequence[tuple[int, int]]) -> Starts:
    found: Starts = []
    for start, end in offsets:
        if end - start > _LONGEST_TOKEN:
            found += range(start, end, _LETTERS)
        else:
            found.append(start)
    return found


class _Vocabulary:
    """Remembers the words it has met: nearly every word of a text is one of those. Safe to use from threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, Starts] = {}

    def tokenize(self, text: str) -> TokenizedText:
        parts = _SPACE.split(text)
        words = set(parts[::2])
        known = self._learned(words)
        if long := {word: _starts(self._tokenizer, word) for word in words if word not in known}:
            return _ByWord(parts, lambda word: long.get(word) or known[word])
        return _ByWord(parts, known.__getitem__)

    def _learned(self, words: set[str]) -> dict[str, Starts]:
        """Where the tokens begin of the words that are not too long to be remembered, and of others."""
        known = self._known
        if len(known) > _MOST_WORDS:
            known = self._known = {}  # others may still read the old one
        if new := [word for word in words if word not in known and len(word) <= _LONGEST_WORD]:
            encoded = self._tokenizer.encode_batch(new, add_special_tokens=False)
            known |= {word: _token_starts(one.offsets) for word, one in zip(new, encoded, strict=True)}
        return known


def _slices(text: str) -> Iterator[tuple[int, str]]:
    """The text in parts that end with a line if they can: a tokenizer needs 100 times the memory of what it reads."""
    start = 0
    while start < len(text):
        end = start + _SLICE
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield start, text[start:end]
        start = end
