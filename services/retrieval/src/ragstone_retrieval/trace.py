"""What a search had in hand after each of its stages."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ragstone_retrieval.candidates import Candidate


@dataclass
class Trace:
    """Kept only when somebody asks why a document was not found.

    ``stages`` maps the legs (``dense``, ``sparse``), ``fusion``, ``passages`` and every step, as the strategy names it,
    to the candidates that were there then, best first; the keys are in the order in which they ran. ``stands_for``
    maps the id of a chunk that was left out among the passages to that of the one which has its text or its range.
    """

    stages: dict[str, list[Candidate]] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)

    def note(self, stage: str, candidates: Sequence[Candidate]) -> None:
        """A stage that runs again, on more candidates, takes the place of its first run."""
        self.stages.pop(stage, None)
        self.stages[stage] = list(candidates)
