"""Write the demo documents from their Markdown sources: ``field-guide.md`` as PDF, ``service-levels.md`` as DOCX.

Run it with the development environment after a change of the sources; the results are committed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import docx
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

SOURCES = Path(__file__).parent / "demo"
OUTPUT = Path(__file__).parent.parent / "docs" / "demo"


def blocks(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs of the source as (kind, lines); kinds are h1 to h3, list, table and text."""
    for paragraph in markdown.strip().split("\n\n"):
        lines = paragraph.splitlines()
        if heading := re.match(r"(#+) (.*)", lines[0]):
            yield f"h{len(heading.group(1))}", [heading.group(2)]
        elif lines[0].startswith("|"):
            yield "table", [line for line in lines if not line.startswith("| ---")]
        elif re.match(r"(- |\d+\. )", lines[0]):
            yield "list", lines
        else:
            yield "text", lines


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def write_pdf(markdown: str, path: Path) -> None:
    styles = getSampleStyleSheet()
    names = {"h1": "Title", "h2": "Heading1", "h3": "Heading2"}
    story: list[object] = []
    for kind, lines in blocks(markdown):
        if kind == "table":
            rows = [[Paragraph(cell, styles["BodyText"]) for cell in cells(line)] for line in lines]
            story.append(Table(rows, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "grey")])))
        elif kind == "list":
            story += [Paragraph(line, styles["BodyText"]) for line in lines]
        else:
            story.append(Paragraph(" ".join(lines), styles[names.get(kind, "BodyText")]))
        story.append(Spacer(1, 5))
    title = markdown.splitlines()[0].removeprefix("# ")
    SimpleDocTemplate(str(path), pagesize=A5, title=title, author="Ragstone", invariant=1).build(
        story, onFirstPage=_page_number, onLaterPages=_page_number
    )


def _page_number(canvas: object, document: object) -> None:
    canvas.drawCentredString(A5[0] / 2, 30, f"{document.page}")  # type: ignore[attr-defined]


def write_docx(markdown: str, path: Path) -> None:
    document = docx.Document()
    for kind, lines in blocks(markdown):
        if kind.startswith("h"):
            document.add_heading(lines[0], int(kind[1]) - 1)
        elif kind == "table":
            rows = [cells(line) for line in lines]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for row, values in zip(table.rows, rows, strict=True):
                for cell, value in zip(row.cells, values, strict=True):
                    cell.text = value
        elif kind == "list":
            for line in lines:
                document.add_paragraph(line.removeprefix("- "), style="List Bullet")
        else:
            document.add_paragraph(" ".join(lines))
    document.core_properties.title = markdown.splitlines()[0].removeprefix("# ")
    document.core_properties.author = "Ragstone"
    document.save(str(path))


def main() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    write_pdf((SOURCES / "field-guide.md").read_text(), OUTPUT / "field-guide.pdf")
    write_docx((SOURCES / "service-levels.md").read_text(), OUTPUT / "service-levels.docx")


if __name__ == "__main__":
    main()
