"""What a run came to, as a table."""

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.reindex.traffic import Traffic

STAGES = ("building", "verifying", "swapping", "retiring")


@dataclass
class Run:
    """``seconds`` and ``kills`` by stage; ``faults`` were found when everything had come to rest."""

    chunks: int
    sizes: tuple[int, int]
    traffic: Traffic
    kills: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    queries: Counter[str] = field(default_factory=Counter)
    passes: int = 0
    repaired: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def all_faults(self) -> list[str]:
        traffic = self.traffic
        return [*self.faults, *traffic.errors, *traffic.wrong, *traffic.mixed]

    def table(self) -> str:
        traffic = self.traffic
        lines = [
            "# Reindexing under `kill -9`",
            "",
            f"{self.chunks} chunks, embedded anew {self.passes} times between {self.sizes[0]} and {self.sizes[1]}"
            " dimensions, while a standalone Ragstone on the embedded engine is asked, uploaded to and deleted from.",
            "",
            "| stage | kills | queries | seconds |",
            "|---|---|---|---|",
            *(f"| {one} | {self.kills[one]} | {self.queries[one]} | {self.seconds[one]:.1f} |" for one in STAGES),
            "",
            f"{traffic.queries} queries, {traffic.uploads} uploads and replacements, {traffic.deletions} deletions; "
            f"{traffic.repeated} calls were repeated because the process had been killed.",
            "",
            f"Errors: {len(traffic.errors)}. Mixed results: {len(traffic.mixed)}. Wrong results: {len(traffic.wrong)}. "
            f"Repaired before a swap: {self.repaired}. Left over or missing in the end: {len(self.faults)}.",
            "",
            *(f"- {fault}" for fault in self.all_faults[:20]),
        ]
        return "\n".join([*lines, ""])
