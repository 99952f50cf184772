"""Documents whose every paragraph is a chunk and has a word of its own, and what a search for it must answer."""

import random
import re
from dataclasses import dataclass

import numpy as np

from ragstone_contracts.search import ScoredChunk
from ragstone_testing.scripted_models import hashed_vectors

_WORDS = re.findall(
    r"\w+",
    """
lime stone quarry wall arch mason chisel mortar lintel gable buttress ashlar rubble coping plinth sill jamb weather
frost lichen moss rain wind north south tower bridge barn road river valley hill farm mill sluice weir culvert
""",
)
_WORDS_A_PARAGRAPH = 30
_TOLERANCE = 2e-3


@dataclass(frozen=True)
class Made:
    """A text document; ``revision`` is in each of its words, so that an older one is never taken for it."""

    number: int
    paragraphs: int
    revision: int = 0

    @property
    def title(self) -> str:
        return f"document {self.number}"

    @property
    def filename(self) -> str:
        return f"{self.title}.txt"

    @property
    def content(self) -> bytes:
        chance = random.Random(self.number * 1000 + self.revision)
        return "\n\n".join(self._paragraph(part, chance) for part in range(self.paragraphs)).encode()

    def word(self, part: int) -> str:
        return f"mark{self.number}r{self.revision}p{part}"

    def _paragraph(self, part: int, chance: random.Random) -> str:
        words = " ".join(chance.choices(_WORDS, k=_WORDS_A_PARAGRAPH))
        return f"The {self.word(part)} {words} {self.word(part)}."


def models_of(query: str, results: list[ScoredChunk], sizes: list[int]) -> set[int]:
    """The embedders, by their dimensions, that all the dense scores of an answer could be of; none when it is mixed."""
    dense = [one for one in results if "dense" in one.stages]
    possible = set(sizes)
    for size in sizes:
        texts = [f"{one.title}\n{one.text}" for one in dense]
        asked, *found = hashed_vectors([query, *texts], size)
        scores = np.asarray([float(asked @ one) for one in found])
        if not np.allclose(scores, [one.stages["dense"] for one in dense], atol=_TOLERANCE):
            possible.discard(size)
    return possible
