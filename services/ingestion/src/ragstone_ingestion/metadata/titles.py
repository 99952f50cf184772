"""What the document is called."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding
from ragstone_ingestion.metadata.view import View

_NO_TITLE = re.compile(
    r"^(?:(?:untitled|titel|title|document|dokument|presentation|slide|sheet|tabelle|page|home|index|header|text) ?\d*"
    r"|introduction|einleitung|abstract|summary|overview|background|(?:table of )?contents|inhalt(?:sverzeichnis)?"
    r"|\((?:anonymous|unspecified|untitled|unknown)\)"
    r"|preface|foreword|references|confidential|draft|new .{0,20}document|\d+"
    r"|united states(?: securities.*)?|securities and exchange commission|form \d+-?[kqf]"
    r"|microsoft (?:word|powerpoint|excel) - .*|.*\.(?:docx?|pdf|pptx?|xlsx?|indd|qxd|tex|txt|md|html?))$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:subject|betreff|objet|asunto|oggetto):\s*(?=\S)", re.IGNORECASE)


def titles_of(view: View, kind: str | None) -> list[Finding]:
    found = [*_stated(view), *_labelled(view)]
    return [*found, *_subject(view)] if kind == "email" else found


def _stated(view: View) -> Iterator[Finding]:
    """What the parser took for the title, or what stands where one would."""
    if view.title and is_title(view.title.text):
        confidence = 0.8 if view.title.source == "title" else 0.75 if view.title.heading else 0.65
        yield view.title.find("title", view.title.text, (0, len(view.title.text)), confidence)


def is_title(text: str) -> bool:
    return 2 < len(text) <= 300 and any(map(str.isalpha, text)) and not _NO_TITLE.match(text.strip())


def _labelled(view: View) -> Iterator[Finding]:
    for one in view.labelled:
        start, end = one.value_span()
        if one.field == "title" and is_title(one.line.text[start:end]):
            yield one.line.find("title", one.line.text[start:end], (start, end), 0.85)


def _subject(view: View) -> Iterator[Finding]:
    for line in view.cover[:8]:
        match = _SUBJECT.match(line.text)
        if match:
            yield line.find("title", line.text[match.end() :], (match.end(), len(line.text)), 0.9)
            return
