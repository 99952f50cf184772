"""What the document is called."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding, Passage
from ragstone_ingestion.metadata.view import View, reads_as_title

_NO_TITLE = re.compile(
    r"^(?:(?:untitled|titel|title|document|dokument|presentation|slide|sheet|tabelle|page|home|index|header|text) ?\d*"
    r"|introduction|einleitung|abstract|summary|overview|background|(?:table of )?contents|inhalt(?:sverzeichnis)?"
    r"|preface|foreword|references|confidential|draft|new .{0,20}document|\d+"
    r"|united states(?: securities.*)?|securities and exchange commission|form \d+-?[kqf]"
    r"|microsoft (?:word|powerpoint|excel) - .*|.*\.(?:docx?|pdf|pptx?|xlsx?|indd|qxd|tex|txt|md|html?))$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:subject|betreff|objet|asunto|oggetto):\s*(?=\S)", re.IGNORECASE)
_MAX_WORDS = 15
_LABEL = 12
_FIRST_LINES = 3


def titles_of(view: View, kind: str | None) -> list[Finding]:
    found = [*_stated(view), *_labelled(view)]
    if kind == "email":
        found += _subject(view)
    if not found:
        found += _first_line(view)
    return found


def _stated(view: View) -> Iterator[Finding]:
    """What the parser took for the title."""
    if view.title and is_title(view.title.text):
        yield view.title.find("title", view.title.text, (0, len(view.title.text)), 0.8)


def is_title(text: str) -> bool:
    return 2 < len(text) <= 300 and any(map(str.isalpha, text)) and not _NO_TITLE.match(text.strip())


def _labelled(view: View) -> Iterator[Finding]:
    for line in view.cover[:10]:
        name, colon, value = line.text.partition(":")
        if (
            colon
            and name.strip().lower() in ("title", "titel", "titre", "título", "titolo")
            and is_title(value.strip())
        ):
            start = line.text.index(value.strip(), len(name) + 1)
            yield line.find("title", value.strip(), (start, start + len(value.strip())), 0.85)


def _subject(view: View) -> Iterator[Finding]:
    for line in view.cover[:8]:
        match = _SUBJECT.match(line.text)
        if match:
            yield line.find("title", line.text[match.end() :], (match.end(), len(line.text)), 0.9)
            return


def _first_line(view: View) -> Iterator[Finding]:
    """A short first line that is no sentence, with a blank line below it; else the first heading near the top."""
    for number, line in enumerate(view.cover[:_FIRST_LINES]):
        if (number == 0 or line.heading) and _stands_as_title(line, view) and is_title(line.text):
            yield line.find("title", line.text, (0, len(line.text)), 0.75 if line.heading else 0.65)
            return


def _stands_as_title(line: Passage, view: View) -> bool:
    """Whether a line is a heading, or of a few words with a blank line below it."""
    if line.heading:
        return True
    assert line.offset is not None
    end = line.offset + len(line.text)
    several = 1 <= line.text.count(" ") <= _MAX_WORDS and "|" not in line.text and ":" not in line.text[:_LABEL]
    return several and reads_as_title(line) and line.text[0].isupper() and view.head[end : end + 2] == "\n\n"
