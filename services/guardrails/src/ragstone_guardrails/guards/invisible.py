"""Invisible characters: zero width, bidirectional overrides, tags, stray variation selectors, soft hyphens."""

import unicodedata

from ragstone_guardrails.port import Objection, Subject, at_every_stage, off_the_loop
from ragstone_guardrails.visible import invisible_runs

_HARMLESS = "\u00ad\ufeff\u200b"


def _reason(run: str) -> str:
    if any("\U000e0000" <= character <= "\U000e007f" for character in run):
        return "tag_characters"
    if any(unicodedata.bidirectional(character) in ("LRO", "RLO", "LRE", "RLE", "PDF") for character in run):
        return "bidi_override"
    if any("\ufe00" <= character <= "\ufe0f" or character >= "\U000e0100" for character in run):
        return "variation_selectors"
    return "invisible_characters"


def _search(subject: Subject) -> list[Objection]:
    found = []
    for start, end in invisible_runs(subject.text):
        run = subject.text[start:end]
        score = 0.1 if not run.strip(_HARMLESS) else 0.9
        found.append(Objection(_reason(run), start, end, score))
    return found


class InvisibleGuard:
    """Strips what a reader cannot see, at every stage. The score is low for what word processors leave behind."""

    name = "invisible"
    actions = at_every_stage("modify")

    async def check(self, subject: Subject) -> list[Objection]:
        return await off_the_loop(_search, subject)
