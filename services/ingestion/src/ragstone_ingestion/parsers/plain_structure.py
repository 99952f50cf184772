"""Headings and lists in plain text, where the writer's habits leave no doubt."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragstone_contracts.documents import BlockKind

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_UNDERLINE = re.compile(r"[ \t]*(=|-|~|\*|\^|#)\1{2,}[ \t]*")
_LEVELS = {"=": 1, "#": 1, "*": 1, "-": 2, "~": 3, "^": 3}
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?[ \t]+[^\W\d_]")
_CHAPTER = re.compile(
    r"(?:chapter|part|section|article|appendix|kapitel|chapitre|annex)\s+(?:\d+|[ivxlc]+|[a-z])\b", re.I
)
_BULLET = re.compile(r"[ \t]*(?:[-*•‣◦▪–—+]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]+\S")
_ENDS_SENTENCE = (".", ",", ";", ":", "!", "?", "-")
_HEADING_LENGTH = 80
_UNDERLINE_SLACK = 3
_MIN_LETTERS = 4
_MAX_SHARE_OF_CAPITALS = 0.3


@dataclass(frozen=True)
class Part:
    kind: BlockKind
    text: str
    level: int | None = None


def parts_of(text: str) -> Iterator[Part]:
    """The text's paragraphs, headings and list items in order. A blank line ends a paragraph."""
    paragraphs = [paragraph.strip("\n") for paragraph in _PARAGRAPHS.split(text)]
    shouted = sum(paragraph.isupper() for paragraph in paragraphs) > _MAX_SHARE_OF_CAPITALS * len(paragraphs)
    numbers = [_number(paragraph) for paragraph in paragraphs]
    for index, paragraph in enumerate(paragraphs):
        follows_list = numbers[index] is not None and any(
            numbers[max(0, index - 1) : index] + numbers[index + 1 : index + 2]
        )
        lines = paragraph.split("\n")
        underlined = _underlined(lines)
        if underlined:
            yield underlined
            lines = lines[2:]
        elif level := _heading_level(paragraph, shouted, follows_list):
            yield Part(BlockKind.HEADING, paragraph, level)
            continue
        yield from _body(lines)


def _underlined(lines: Sequence[str]) -> Part | None:
    """A line with a row of marks of about its length below it."""
    if len(lines) < 2 or not lines[0].strip() or not (mark := _UNDERLINE.fullmatch(lines[1])):
        return None
    fits = abs(len(lines[0].strip()) - len(lines[1].strip())) <= _UNDERLINE_SLACK
    return (
        Part(BlockKind.HEADING, lines[0].strip(), _LEVELS[mark[1]]) if fits and "  " not in lines[0].strip() else None
    )


def _heading_level(paragraph: str, shouted: bool, follows_list: bool) -> int | None:
    """The level of a paragraph that is a heading: one short line, numbered, named or in capitals."""
    line = paragraph.strip()
    if "\n" in line or len(line) > _HEADING_LENGTH or line.endswith(_ENDS_SENTENCE):
        return None
    if _CHAPTER.match(line):
        return 1
    numbered = _NUMBERED.match(line)
    if numbered and not follows_list and not line[numbered.end() - 1].islower():
        return numbered[1].count(".") + 1
    capitals = line.isupper() and sum(map(str.isalpha, line)) >= _MIN_LETTERS and not line[0].isdigit()
    return 1 if capitals and not shouted and not _BULLET.match(line) else None


def _number(paragraph: str) -> int | None:
    """The number a one-line paragraph begins with, if it is a whole one: such paragraphs in a row are a list."""
    match = _NUMBERED.match(paragraph)
    return int(match[1]) if match and match[1].isdigit() and "\n" not in paragraph else None


def _body(lines: Sequence[str]) -> Iterator[Part]:
    """A paragraph, and the list behind its first lines if it has one."""
    first = next((index for index, line in enumerate(lines) if _BULLET.match(line)), None)
    if first is None or not _is_list(lines[first:]):
        yield Part(BlockKind.PARAGRAPH, "\n".join(lines))
        return
    yield Part(BlockKind.PARAGRAPH, "\n".join(lines[:first]))
    item: list[str] = []
    for line in lines[first:]:
        if _BULLET.match(line) and item:
            yield Part(BlockKind.LIST_ITEM, "\n".join(item))
            item = []
        item.append(line)
    yield Part(BlockKind.LIST_ITEM, "\n".join(item))


def _is_list(lines: Sequence[str]) -> bool:
    """Whether every line begins an item or goes on with one, indented; a single dash is no list yet."""
    bullets = [line for line in lines if _BULLET.match(line)]
    continued = all(_BULLET.match(line) or line.startswith((" ", "\t")) for line in lines)
    return continued and (len(bullets) > 1 or bullets[0].lstrip()[0] in "-*•‣◦▪+")
