"""Several guards change one text: their edits are joined where they overlap."""

from collections.abc import Iterable

from ragstone_guardrails.port import Objection


def _joined(edits: Iterable[Objection]) -> list[tuple[int, int, str]]:
    """Ranges in order without overlap; of overlapping edits the longest one's replacement stands for all."""
    joined: list[tuple[int, int, str]] = []
    longest = 0
    for edit in sorted(edits, key=lambda one: (one.start, -one.end)):
        length = edit.end - edit.start
        if not joined or edit.start >= joined[-1][1]:
            joined.append((edit.start, edit.end, edit.replacement))
            longest = length
            continue
        start, end, replacement = joined[-1]
        if length > longest:
            replacement, longest = edit.replacement, length
        joined[-1] = (start, max(end, edit.end), replacement)
    return joined


def apply_edits(text: str, edits: Iterable[Objection]) -> str:
    """The text with every objected range replaced."""
    pieces, position = [], 0
    for start, end, replacement in _joined(edits):
        pieces += [text[position:start], replacement]
        position = end
    return "".join([*pieces, text[position:]])
