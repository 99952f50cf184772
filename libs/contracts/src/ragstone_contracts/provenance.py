"""Provenance blocks: how untrusted text reaches a model.

Each passage stands between an opening and a closing mark that carry a random delimiter of 128 bits, new for every
request. A document cannot close its block because its author cannot know the delimiter; should the text hold it all the
same, :func:`wrap` draws another. Writers of every kind read the same format, the extractive one included.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING = re.compile(r'<<passage ([0-9a-f]{32}) number=(\d+) title="([^"\n]*)">>\n')


@dataclass(frozen=True)
class Passage:
    """A retrieved passage as a model sees it; ``number`` counts from 1 and is what ``[number]`` in an answer cites."""

    number: int
    title: str
    text: str


def new_delimiter(texts: Sequence[str]) -> str:
    """A random delimiter that occurs in none of the texts."""
    while True:
        delimiter = secrets.token_hex(16)
        if not any(delimiter in text for text in texts):
            return delimiter


def wrap(passages: Sequence[Passage]) -> str:
    """The passages as labelled blocks, all with one fresh delimiter."""
    delimiter = new_delimiter([passage.text + passage.title for passage in passages])
    blocks = []
    for passage in passages:
        title = re.sub(r'["\s]+', " ", passage.title)
        opening = f'<<passage {delimiter} number={passage.number} title="{title}">>'
        blocks.append(f"{opening}\n{passage.text}\n<</passage {delimiter}>>")
    return "\n\n".join(blocks)


def unwrap(prompt: str) -> list[Passage]:
    """The passages of a prompt that :func:`wrap` made; text outside its blocks is ignored."""
    first = _OPENING.search(prompt)
    if first is None:
        return []
    delimiter = first.group(1)
    passages, position = [], first.start()
    while (opening := _OPENING.search(prompt, position)) is not None:
        end = prompt.find(f"\n<</passage {delimiter}>>", opening.end())
        if opening.group(1) != delimiter or end < 0:
            break
        passages.append(Passage(int(opening.group(2)), opening.group(3), prompt[opening.end() : end]))
        position = end
    return passages
