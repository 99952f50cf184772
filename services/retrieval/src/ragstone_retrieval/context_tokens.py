"""Counting what a model will read, by the embedder's own tokenizer."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

APPROXIMATE = "approximate"
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_PIECE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]{{1,6}}|[^\w\s]")
_LONGEST_TOKEN = 32
_LETTERS = 4


class Tokens(Protocol):
    @property
    def name(self) -> str:
        """Whose tokens they are."""
        ...

    def count(self, text: str) -> int: ...


@dataclass(frozen=True)
class ApproximateTokens:
    """A token is up to six letters or digits, one Chinese, Japanese or Korean character, or one other sign."""

    name: str = APPROXIMATE

    def count(self, text: str) -> int:
        return sum(1 for _ in _PIECE.finditer(text))


class ModelTokens:
    """What it takes for one token for not knowing it, such as a thousand letters, counts as one for every four."""

    def __init__(self, name: str, path: Path) -> None:
        """``path`` is a ``tokenizer.json``. Raises ValueError when it is none."""
        self.name = name
        try:
            self._tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # the library raises bare Exception for any malformed file
            raise ValueError(f"{path} is not a tokenizer: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, text: str) -> int:
        lengths = (end - start for start, end in self._tokenizer.encode(text, add_special_tokens=False).offsets)
        return sum(1 if length <= _LONGEST_TOKEN else -(-length // _LETTERS) for length in lengths)


def tokens_by(name: str, path: Path | None) -> Tokens:
    """The tokenizer in the file, under the model's name; an approximation without one."""
    return ApproximateTokens() if path is None else ModelTokens(name, path)
