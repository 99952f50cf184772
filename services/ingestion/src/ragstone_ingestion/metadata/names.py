"""Names of companies and people, read word by word: no pattern that could run away."""

import re
from collections.abc import Collection

from ragstone_ingestion.metadata.finding import word_set

_WORD = re.compile(r"\S+")
_FORMS = """
Inc INC Incorporated INCORPORATED Corp CORP Corporation CORPORATION LLC L.L.C LLP Ltd LTD Limited LIMITED PLC plc
Plc Pty Company COMPANY Co CO AG GmbH GMBH mbH KGaA KG OHG SE e.V Aktiengesellschaft S.E S.A.S S.A SA SAS SARL S.p.A
SpA S.r.l Srl SRL S.L Ltda N.V NV B.V BV AB ASA A/S Oyj OYJ Oy K.K
"""
_BY_LENGTH = sorted(_FORMS.split(), key=len, reverse=True)
_FORM = re.compile(rf"\b(?=[A-Zemp])(?<![&-])(?:{'|'.join(map(re.escape, _BY_LENGTH))})(?![\w&-]|/\w)\.?")
_DOUBTFUL = frozenset({"Limited", "LIMITED", "Company", "COMPANY", "Co", "CO"})
"""Forms that are words of their own: only believed where the name ends with them."""
_GENERIC = word_set("the this our parent said such any each a an his her their your limited public private of by for")
_ROLES = word_set("ceo cfo cto coo chairman president director board founder employees shareholders about")
_CONNECTING = word_set("& and und et of de di du des la für y e the + der")
_MAX_WORDS = 6
_OPENING = "([“\"'*_"
_ENDS = (",", ";", ":", ".", ")", "”", '"', "|", "—", "–", "·", "•")
_STOPPED = ("AG.", "GmbH.", "plc.", "PLC.", "SE.", "KG.", "LLC.", "Limited.", "Corporation.", "Company.")
_INITIAL = re.compile(r"[A-Z]\.(?:[A-Z]\.)*|St\.|Dr\.|Bros\.|Co\.|& Co\.")


def company_names(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Names with a legal form, each with its place."""
    spans: list[tuple[int, int]] = []
    for form in _FORM.finditer(text):
        after = spans[-1][1] if spans else 0
        if spans and not text[after : form.start()].strip(" &,."):
            spans[-1] = (spans[-1][0], form.end())  # "Müller GmbH & Co. KG": one name with two forms
            continue
        start = _start_of_name(text, after, form.start())
        doubtful = form.group().rstrip(".") in _DOUBTFUL and _goes_on(text, form.end())
        if start is not None and not doubtful:
            spans.append((start, form.end()))
    trimmed = [_without_stop(text, span) for span in spans]
    return [(text[slice(*span)], span) for span in trimmed]


def company_at_end(text: str) -> tuple[int, int] | None:
    """Where the company stands with whose name the text ends."""
    names = company_names(text)
    if names and len(text.rstrip(" .,")) - names[-1][1][1] <= 1:
        return names[-1][1]
    return None


def leading_name(text: str, excluded: Collection[str], *, capitalised: bool) -> tuple[int, int] | None:
    """Where the name stands that makes up the text: one to five words, none of them excluded."""
    words = list(_WORD.finditer(text))
    while words and words[0].group().lower() == "the":
        words.pop(0)
    while words and words[-1].group() in ("-", "–", "—", "|", ","):
        words.pop()
    if not 1 <= len(words) <= 5 or any(word.group().lower().strip(".,:") in excluded for word in words):
        return None
    if any(word.group().endswith((":", "?", "!")) for word in words):
        return None
    if capitalised and not all(_belongs(word.group()) for word in words):
        return None
    start, end = words[0].start(), words[-1].start() + len(words[-1].group().rstrip(",:;-–—'’"))
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    return (start, end) if any(map(str.isalpha, text[start:end])) and end - start > 1 else None


def _start_of_name(text: str, after: int, end: int) -> int | None:
    """Back from the legal form over the words of the name."""
    words = list(_WORD.finditer(text, max(after, end - 120), end))
    name: list[re.Match[str]] = []
    for word in reversed(words):
        raw = word.group()
        stops = raw.endswith(_ENDS) and not _INITIAL.fullmatch(raw)
        if name and stops:
            break
        if raw.lower() in _ROLES:
            break
        if raw.lower() not in _CONNECTING and not _is_capitalised(raw.lstrip(_OPENING)):
            break
        name.append(word)
        if len(name) == _MAX_WORDS or raw[0] in '(“"':
            break
    while name and (name[-1].group().lower() in _CONNECTING or name[-1].group().lower().strip("(*_,") in _GENERIC):
        name.pop()
    if not name or not any(map(str.isalpha, text[name[-1].start() : end])):
        return None
    first = name[-1]
    return first.start() + len(first.group()) - len(first.group().lstrip(_OPENING))


def _is_capitalised(word: str) -> bool:
    """Whether the word may be part of a name: "Nordwind", "3M", "adidas" not."""
    return word[:1].isupper() or (word[:1].isdigit() and any(map(str.isalpha, word))) or any(map(str.isupper, word[1:]))


def _belongs(word: str) -> bool:
    return _is_capitalised(word) or word.isdigit() or word.lower() in _CONNECTING


def _goes_on(text: str, end: int) -> bool:
    """Whether the words continue behind a doubtful form, as in "Acme Limited Warranty"."""
    rest = text[end : end + 2]
    return len(rest) == 2 and rest[0] == " " and rest[1].isupper()


def _without_stop(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Less a full stop that ends a sentence and not an abbreviation."""
    start, end = span
    return (start, end - 1) if text[start:end].endswith(_STOPPED) else span
