"""The documents of a run, and which chunks must be stored of them in the end."""

import hashlib
import random
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ragstone_contracts.documents import CollectionSettings, DocumentAccepted
from ragstone_ingestion.chunk_records import chunk_id
from ragstone_ingestion.chunkers.registry import chunker_for
from ragstone_ingestion.sandbox import ParserPool
from ragstone_ingestion.sniffing import media_type_of
from ragstone_ingestion.tokens import TokenCounter

_REPOSITORY = Path(__file__).resolve().parents[3]
_REAL = ("docs/demo/field-guide.pdf", "docs/demo/service-levels.docx")
_UPDATED_SHARE = 0.1
_WORDS = re.findall(
    r"\w+",
    """
lime stone quarry wall arch mason chisel mortar lintel gable buttress ashlar rubble coping plinth
sill jamb weather frost lichen moss rain wind north south tower bridge barn road river valley hill
farm mill
""",
)


@dataclass(frozen=True)
class Sent:
    """A file, and what it is replaced by once it was accepted; None where it stays."""

    filename: str
    content: bytes
    replacement: bytes | None = None

    @property
    def last(self) -> bytes:
        return self.replacement or self.content


def documents(seed: int, count: int) -> list[Sent]:
    """Always the same for a seed: mostly small texts, two real documents, one in ten changed once."""
    chance = random.Random(seed)
    real = [Sent(Path(name).name, (_REPOSITORY / name).read_bytes()) for name in _REAL]
    made = [_made(chance, number) for number in range(count - len(real))]
    everything = real + made
    chance.shuffle(everything)
    return everything


def _made(chance: random.Random, number: int) -> Sent:
    changed = _text(chance, number) if chance.random() < _UPDATED_SHARE else None
    suffix = chance.choice(["txt", "md", "html"])
    return Sent(f"{number:04}.{suffix}", _text(chance, number), changed)


def _text(chance: random.Random, number: int) -> bytes:
    paragraphs = [
        f"Paragraph {part} of document {number}: " + " ".join(chance.choices(_WORDS, k=chance.randint(40, 160))) + "."
        for part in range(chance.randint(1, 4))
    ]
    return "\n\n".join(paragraphs).encode()


async def expected_chunks(
    sent: Sequence[Sent], accepted: Sequence[DocumentAccepted], tokens: TokenCounter
) -> dict[str, str]:
    """Chunk id -> file name, worked out apart from the service that is on trial."""
    chunker, parsers = chunker_for(CollectionSettings(), tokens), ParserPool()
    expected: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "original"
        for one, answer in zip(sent, accepted, strict=True):
            source.write_bytes(one.last)
            parsed = await parsers.parse(source, one.filename, media_type_of(one.last, one.filename, None))
            sha256 = hashlib.sha256(one.last).hexdigest()
            for chunk in chunker.chunk(parsed):
                expected[chunk_id(answer.document_id, answer.version, sha256, chunk)] = one.filename
    await parsers.close()
    return expected
