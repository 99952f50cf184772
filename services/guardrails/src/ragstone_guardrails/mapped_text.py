"""A changed view of a text that still knows where each of its characters came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MappedText:
    """``text[i]`` comes from position ``offsets[i]`` of the original."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that ``text[start:end]``, which is not empty, was made from."""
        first, last = self.offsets[start], self.offsets[end - 1]
        return min(first, last), max(first, last) + 1

    def translate(self, change: Callable[[str], str]) -> "MappedText":
        """Each character replaced by ``change`` of it, which may be of any length."""
        pieces = [change(character) for character in self.text]
        offsets = [offset for piece, offset in zip(pieces, self.offsets, strict=True) for _ in piece]
        return MappedText("".join(pieces), offsets)

    def select(self, positions: Sequence[int]) -> "MappedText":
        """Only the characters at these positions, in this order."""
        return MappedText("".join(self.text[i] for i in positions), [self.offsets[i] for i in positions])


def unchanged(text: str) -> MappedText:
    return MappedText(text, range(len(text)))
