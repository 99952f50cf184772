"""The document that every recorded vendor knows: two pages, as a reader would see them."""

from dataclasses import dataclass

SAMPLE_PDF = b"%PDF-1.7\n% the wall, two pages\nstartxref\n0\n%%EOF\n"
LOCKED_PDF = b"%PDF-1.7\n% the wall, /Encrypt\nstartxref\n0\n%%EOF\n"


@dataclass(frozen=True)
class Seen:
    """Text and where it stands, as fractions of the page from its top left: x0, y0, x1, y1."""

    text: str
    box: tuple[float, float, float, float]

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Clockwise from the top left."""
        x0, y0, x1, y1 = self.box
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


@dataclass(frozen=True)
class Part:
    """``kind`` is header, title, heading, paragraph, list, table or footer; a table's ``rows`` hold its cells."""

    kind: str
    page: int
    lines: tuple[Seen, ...] = ()
    rows: tuple[tuple[Seen, ...], ...] = ()

    @property
    def seen(self) -> list[Seen]:
        """The lines, or the cells row by row."""
        return list(self.lines) or [cell for row in self.rows for cell in row]

    @property
    def around(self) -> Seen:
        """All of it as one."""
        boxes = [one.box for one in self.seen]
        left, top, right, bottom = zip(*boxes, strict=True)
        return Seen(" ".join(one.text for one in self.seen), (min(left), min(top), max(right), max(bottom)))


def _row(y: float, *texts: str) -> tuple[Seen, ...]:
    return tuple(Seen(text, (0.1 + 0.3 * n, y, 0.35 + 0.3 * n, y + 0.02)) for n, text in enumerate(texts))


# With what makes offsets go wrong: a character beyond the basic plane, a letter of two code points, a control code.
PARTS = (
    Part("header", 1, (Seen("Society of the Wall", (0.1, 0.02, 0.4, 0.04)),)),
    Part("title", 1, (Seen("The wall 🧱", (0.1, 0.08, 0.5, 0.12)),)),
    Part("heading", 1, (Seen("Stones", (0.1, 0.16, 0.3, 0.18)),)),
    Part(
        "paragraph",
        1,
        (
            Seen("Each stone was cut by hand, and the", (0.1, 0.2, 0.9, 0.22)),
            Seen("gro\u0308ßte weighs twelve tonnes.", (0.1, 0.23, 0.6, 0.25)),
        ),
    ),
    Part("list", 1, (Seen("red stones", (0.12, 0.3, 0.4, 0.32)), Seen("blue stones", (0.12, 0.33, 0.4, 0.35)))),
    Part("table", 1, rows=(_row(0.4, "Name", "Weight"), _row(0.43, "Red", "12"), _row(0.46, "Blue", "7.5"))),
    Part("footer", 1, (Seen("1", (0.5, 0.96, 0.52, 0.98)),)),
    Part("paragraph", 2, (Seen("A gate of iron\u0007 closes it.", (0.0, 0.1, 0.7, 0.12)),)),
)
