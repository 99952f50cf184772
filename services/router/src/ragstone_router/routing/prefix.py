"""The leading blocks of a prompt: requests that share them share what a model server has kept of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

import orjson

from ragstone_router.ask import Ask

_BLOCK_CHARACTERS = 1_024
_MOST_BLOCKS = 32
_INSTRUCTIONS = ("system", "developer")


@dataclass(frozen=True)
class Prefix:
    """``blocks`` are hashes, each of everything up to there, the same in every process.

    ``start`` counts those that many conversations share: the tools and the instructions.
    """

    blocks: Sequence[bytes]
    start: int

    @property
    def own(self) -> Sequence[bytes]:
        """The blocks from the first of the conversation's own on; of a prompt that has none, its last."""
        return self.blocks[min(self.start, len(self.blocks) - 1) :]


def prefix_of(ask: Ask) -> Prefix | None:
    """None for a request that is no conversation. Looks at the first 32 blocks of 1,024 characters."""
    messages = [one for one in ask.body.get("messages") or () if isinstance(one, Mapping)]
    if not messages:
        return None
    tools = ask.body.get("tools")
    so_far = b"" if not tools else _hashed(b"", orjson.dumps(tools))
    blocks: list[bytes] = []
    start = 0
    for is_shared, piece in islice(_pieces(messages), _MOST_BLOCKS):
        so_far = _hashed(so_far, piece.encode(errors="replace"))
        blocks.append(so_far)
        start += is_shared
    return Prefix(blocks, start)


def _pieces(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[bool, str]]:
    """The messages in pieces, and whether each belongs to the instructions at the beginning."""
    at_start = True
    for message in messages:
        at_start = at_start and message.get("role") in _INSTRUCTIONS
        said = _said(message)
        for begin in range(0, len(said), _BLOCK_CHARACTERS):
            yield at_start, said[begin : begin + _BLOCK_CHARACTERS]


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if not isinstance(content, str) or message.get("tool_calls"):
        content = orjson.dumps([content, message.get("tool_calls")]).decode()
    return f"{message.get('role')}\n{content}"


def _hashed(before: bytes, piece: bytes) -> bytes:
    return blake2b(before + piece, digest_size=8).digest()
