"""A request on its way to a model: the body as it came, and as much of it as routing needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ragstone_kit.identity import Caller

CHAT, EMBED, RERANK = "/chat/completions", "/embeddings", "/rerank"

_CHARACTERS_PER_TOKEN = 3.5
"""On the low side for English, so that an estimate is rather too high than too low."""
_TEXTS = ("messages", "tools", "input", "documents", "query", "prompt")
_TOKENS_PER_IMAGE = 1_100
_TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True)
class Ask:
    """``path`` is one of CHAT, EMBED and RERANK; ``body`` is not changed by anybody; header names are lower case."""

    caller: Caller
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        """The model's name as it was asked for."""
        return str(self.body.get("model", ""))

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @cached_property
    def needs(self) -> frozenset[str]:
        """The capabilities a deployment must have: ``tools``, ``json_schema``, ``vision``, ``logprobs``."""
        return frozenset(self._needs())

    def _needs(self) -> Iterator[str]:
        if self.body.get("tools") or self.body.get("functions"):
            yield "tools"
        if isinstance(wanted := self.body.get("response_format"), Mapping) and wanted.get("type") == "json_schema":
            yield "json_schema"
        if self.body.get("logprobs"):
            yield "logprobs"
        if self._images:
            yield "vision"

    @cached_property
    def _images(self) -> int:
        contents = (one.get("content") for one in self.body.get("messages") or () if isinstance(one, dict))
        parts = [part for content in contents if isinstance(content, list) for part in content]
        return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)

    @cached_property
    def prompt_tokens(self) -> int:
        """An estimate without any model's tokenizer."""
        messages: list[Any] = self.body.get("messages") or []
        characters = sum(_characters_in(self.body.get(name)) for name in _TEXTS)
        tokens = _numbers_in(self.body.get("input"))
        extra = _TOKENS_PER_MESSAGE * len(messages) + _TOKENS_PER_IMAGE * self._images
        return round(characters / _CHARACTERS_PER_TOKEN + tokens + extra)

    @property
    def output_tokens(self) -> int | None:
        """The most the caller wants to be answered with, if that is said."""
        for name in ("max_completion_tokens", "max_tokens"):
            if isinstance(most := self.body.get(name), int) and most > 0:
                return most
        return None


def _length(text: str) -> int:
    """In characters as of English: what needs more bytes of UTF-8 needs more tokens too."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def _numbers_in(value: Any) -> int:
    """How many there are in a list, or in the lists in it: texts to embed may be given as tokens."""
    if isinstance(value, list):
        return sum(map(_numbers_in, value))
    return isinstance(value, int)


def _characters_in(value: Any) -> int:
    """Of every text anywhere in a value, but for images."""
    if isinstance(value, str):
        return _length(value)
    if isinstance(value, dict):
        return sum(_characters_in(held) for name, held in value.items() if name != "image_url")
    return sum(map(_characters_in, value)) if isinstance(value, list) else 0
