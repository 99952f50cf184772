"""Documents made for the tests: their facts are invented, so only the documents can answer."""

import io

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

STATIONS = {
    "Arkendale": ("the river Nidd", 1893, "4.2 megawatts", "Ingrid Solheim"),
    "Brakken": ("lake Storfors", 1907, "11.8 megawatts", "Tomas Reyes"),
    "Corvane": ("the Pell gorge", 1921, "27 megawatts", "Adaeze Obi"),
    "Dunmoor": ("a tidal inlet", 1954, "63.5 megawatts", "Lars Vinter"),
    "Elvstad": ("meltwater", 1972, "140 megawatts", "Mariko Hayashi"),
}

FILLER = (
    "The survey describes the buildings, the access roads and the state of the concrete. Inspectors walked the site in "
    "dry weather and photographed every joint. Minor cracks were sealed in the same season and the drains cleared. "
    "Records of earlier repairs are kept in the district archive and were compared with what was found."
)


def _station_pages(name: str) -> list[str]:
    water, year, power, engineer = STATIONS[name]
    facts = [
        f"The {name} station draws its water from {water}.",
        f"The {name} station was opened in {year}.",
        f"The {name} station delivers {power} at full load.",
        f"The chief engineer of the {name} station is {engineer}.",
    ]
    return [f"{FILLER} {FILLER} {fact} {FILLER} {FILLER}" for fact in facts]


QUESTIONS = {
    "Who is the chief engineer of the Brakken station?": "Tomas Reyes",
    "When was the Corvane station opened?": "1921",
    "How much power does the Dunmoor station deliver at full load?": "63.5 megawatts",
    "Where does the Elvstad station draw its water from?": "meltwater",
    "When was the Arkendale station opened?": "1893",
    "Who is the chief engineer of the Elvstad station?": "Mariko Hayashi",
    "How much power does the Brakken station deliver?": "11.8 megawatts",
    "Where does the Corvane station get its water?": "Pell gorge",
    "What is the output of the Arkendale station at full load?": "4.2 megawatts",
    "Who leads the engineering of the Dunmoor station as chief engineer?": "Lars Vinter",
}


def survey_pdf(pages: int = 55) -> bytes:
    """A survey of power stations with at least ``pages`` pages, a heading for each station."""
    styles = getSampleStyleSheet()
    story: list[object] = [Paragraph("Survey of the northern power stations", styles["Title"])]
    for name in STATIONS:
        story.append(Paragraph(f"The {name} station", styles["Heading1"]))
        for text in _station_pages(name):
            story += [Paragraph(text, styles["BodyText"]), PageBreak()]
    while sum(isinstance(part, PageBreak) for part in story) < pages:
        story += [Paragraph(FILLER, styles["BodyText"]), PageBreak()]
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4, title="Northern survey", invariant=1).build(story)
    return buffer.getvalue()


def note(number: int) -> str:
    """A short Markdown note of four paragraphs, none like another's."""
    paragraphs = [
        f"Paragraph {part} of note {number} tells about item {number * 10 + part}. {FILLER}" for part in range(4)
    ]
    return f"# Note {number}\n\n" + "\n\n".join(paragraphs)
