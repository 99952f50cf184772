"""Documents of a hundred pages, and what people do to them."""

import random
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

_WORDS = ["stone", "wall", "lime", "mason", "quarry", "row", "harbour", "grey", "bridge", "arch", "river", "report"]

Section = tuple[str, list[str]]
Edit = Callable[[list[Section]], None]


def long_document(sections: int, paragraphs: int) -> list[Section]:
    """Sections of about so many paragraphs, each of a few sentences; always the same."""
    chance = random.Random(7)
    lengths = [chance.randint(paragraphs // 2, paragraphs * 3 // 2) for _ in range(sections)]
    return [
        (f"Section {number} on the {chance.choice(_WORDS)}", [_paragraph(chance) for _ in range(length)])
        for number, length in enumerate(lengths)
    ]


def edited(document: list[Section], edit: Edit) -> list[Section]:
    changed = deepcopy(document)
    edit(changed)
    return changed


def as_markdown(document: list[Section]) -> bytes:
    return "\n\n".join(f"## {heading}\n\n" + "\n\n".join(paragraphs) for heading, paragraphs in document).encode()


def as_pdf(document: list[Section]) -> bytes:
    styles, parts, written = getSampleStyleSheet(), list[Paragraph | Spacer](), BytesIO()
    for heading, paragraphs in document:
        parts.append(Paragraph(heading, styles["Heading2"]))
        for paragraph in paragraphs:
            parts += [Paragraph(paragraph, styles["BodyText"]), Spacer(1, 4)]
    SimpleDocTemplate(written, invariant=True).build(parts)
    return written.getvalue()


def rewrite(document: list[Section]) -> None:
    document[len(document) // 2][1][0] = _paragraph(random.Random(1))


def insert_at_the_beginning(document: list[Section]) -> None:
    document[0][1].insert(0, _paragraph(random.Random(2)))


def insert_in_the_middle(document: list[Section]) -> None:
    document[len(document) // 2][1].insert(1, _paragraph(random.Random(3)))


def delete_at_the_beginning(document: list[Section]) -> None:
    del document[0][1][0]


def rename_a_section(document: list[Section]) -> None:
    middle = len(document) // 2
    document[middle] = ("Another name", document[middle][1])


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(2, 7)))


def _sentence(chance: random.Random) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(6, 22))).capitalize() + "."
