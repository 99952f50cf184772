"""Provenance blocks: how untrusted text reaches a model.

Each passage stands between an opening and a closing mark that carry a random delimiter of 128 bits, new for every
request. A document cannot close its block because its author cannot know the delimiter; should the text hold it all the
same, :func:`wrap` draws another. Writers of every kind read the same format, the extractive one included.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_OPENING = re.compile(r'<<passage ([0-9a-f]{32}) number=(\d+) title="([^"\n]*)"((?: [a-z]+="[^"\n]*")*)>>\n')
_LABEL = re.compile(r' ([a-z]+)="([^"\n]*)"')


@dataclass(frozen=True)
class Passage:
    """A retrieved passage as a model sees it; ``number`` counts from 1 and is what ``[number]`` in an answer cites.

    ``labels`` say more about where it is from, such as ``{"page": "3"}``; their names are lower-case words.
    """

    number: int
    title: str
    text: str
    labels: Mapping[str, str] = field(default_factory=dict)


def new_delimiter(texts: Sequence[str]) -> str:
    """A random delimiter that occurs in none of the texts."""
    while True:
        delimiter = secrets.token_hex(16)
        if not any(delimiter in text for text in texts):
            return delimiter


def wrap(passages: Sequence[Passage]) -> str:
    """The passages as labelled blocks, all with one fresh delimiter."""
    return wrap_with(new_delimiter([all_of(passage) for passage in passages]), passages)


def wrap_with(delimiter: str, passages: Sequence[Passage]) -> str:
    """The same with a delimiter that :func:`new_delimiter` made of :func:`all_of` each of them."""
    blocks = []
    for passage in passages:
        labels = "".join(f' {name}="{_within_quotes(value)}"' for name, value in passage.labels.items())
        opening = f'<<passage {delimiter} number={passage.number} title="{_within_quotes(passage.title)}"{labels}>>'
        blocks.append(f"{opening}\n{passage.text}\n<</passage {delimiter}>>")
    return "\n\n".join(blocks)


def all_of(passage: Passage) -> str:
    """Everything in a passage that somebody else may have written."""
    return "\n".join([passage.title, *passage.labels.values(), passage.text])


def _within_quotes(value: str) -> str:
    return re.sub(r'["\s]+', " ", value)


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
        labels = dict(_LABEL.findall(opening.group(4)))
        passages.append(Passage(int(opening.group(2)), opening.group(3), prompt[opening.end() : end], labels))
        position = end
    return passages
