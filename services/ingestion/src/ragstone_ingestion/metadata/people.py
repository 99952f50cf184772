"""Who wrote it."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding, Passage, word_set
from ragstone_ingestion.metadata.view import View

_CAPITALISED = r"[^\W\d_a-zà-ÿ][\w’'.-]{0,24}"
_NAME = re.compile(
    rf"(?:(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau)\.? ){{0,2}}{_CAPITALISED}"
    rf"(?: (?:de|von|van|der|den|del|da|di|la|le|bin|{_CAPITALISED})){{1,4}}"
)
_BETWEEN = re.compile(r"\s*(?:,\s*and\s|,|;|&|\band\b|\bund\b|\bet\b|\by\b|·|•)\s*", re.IGNORECASE)
_MARKS = re.compile(r"[\d*†‡§¶∗,]+$|\([^)]{0,60}\)|<[^>]{0,80}>|[\w.+-]{1,64}@[\w.-]{1,80}|[*_]{1,2}")
_BY = re.compile(r"^(?:by|von|par|por)\s+(?=[A-Z])", re.IGNORECASE)
_MACHINES = re.compile(
    r"^(?:user|admin\w*|administrator|owner|author|unknown|root|guest|default|windows user|microsoft office user|test"
    r"|scan\w*|.*\b(?:printer|scanner)|(?:microsoft|adobe|openpyxl|python-|libreoffice|latex|apache|pandoc|quarto|word"
    r"|reportlab).*|\(?(?:anonymous|unspecified)\)?|n/?a|none|-)$",
    re.IGNORECASE,
)
_NO_PERSON = word_set(
    "department team committee board office university institute school group council ministry agency "
    "division service services report introduction abstract policy manual guide system bank company"
)
_LINES = 12
_MAX_AUTHORS = 30


def authors_of(view: View, kind: str | None) -> list[Finding]:
    found = [*_labelled(view), *_from(view, kind), *_bylines(view)]
    if kind == "paper":
        found += _below_title(view)
    return [*found, *_properties(view)]


def _labelled(view: View) -> Iterator[Finding]:
    for one in view.labelled:
        if one.field == "authors":
            yield from _list_at(one.line, one.value_span(), 0.85)


def _from(view: View, kind: str | None) -> Iterator[Finding]:
    for line in view.cover[:8] if kind == "email" else []:
        if line.text.lower().startswith(("from:", "von:", "de:")):
            yield from _list_at(line, (line.text.index(":") + 1, len(line.text)), 0.85)
            return


def _bylines(view: View) -> Iterator[Finding]:
    for line in view.cover[:_LINES]:
        match = _BY.match(line.text) if len(line.text) < 120 else None
        if match:
            yield from _list_at(line, (match.end(), len(line.text)), 0.75)


def _below_title(view: View) -> Iterator[Finding]:
    """The line of names between the title of a paper and its abstract."""
    for line in view.cover[1:_LINES]:
        if line.text.lower().startswith(("abstract", "zusammenfassung", "résumé")):
            return
        found = list(_list_at(line, (0, len(line.text)), 0.7))
        if found and not line.heading:
            yield found[0]
            return


def _list_at(line: Passage, span: tuple[int, int], confidence: float) -> Iterator[Finding]:
    """The people a part of a line names, if it names nothing else."""
    raw = line.text[slice(*span)]
    text = raw.strip(" *_|.")
    people = names_in(text)
    if people:
        start = span[0] + raw.index(text)
        yield line.find("authors", people, (start, start + len(text)), confidence)


def names_in(text: str) -> list[str]:
    """The people of a list such as "Jane Doe, John R. Roe and Mary Major"; empty when any part is no name."""
    parts = [_plain(part) for part in _BETWEEN.split(_MARKS.sub(" ", text)) if part.strip(" *_.")]
    parts = [part for part in parts if part]
    people = [part for part in parts if len(part) <= 60 and _NAME.fullmatch(part)]
    if not parts or len(people) != len(parts) or len(people) > _MAX_AUTHORS:
        return []
    words = {word.lower() for one in people for word in one.split()}
    return [] if words & _NO_PERSON else list(dict.fromkeys(people))


def _plain(part: str) -> str:
    return " ".join(re.sub(r"[\d*†‡§¶∗]+", " ", part).split()).strip(" .-")


def _properties(view: View) -> Iterator[Finding]:
    stated = view.properties.get("authors") or view.properties.get("author")
    listed = re.split(r"\s*;\s*", stated) if isinstance(stated, str) else stated
    if isinstance(listed, list):
        people = [" ".join(one.split()) for one in listed if isinstance(one, str) and one.strip()]
        people = [one for one in people if not _MACHINES.match(one)]
        if people:
            confidence = 0.7 if all(" " in one for one in people) else 0.5
            yield Finding("authors", people[:_MAX_AUTHORS], confidence, "properties", "; ".join(people)[:300])
