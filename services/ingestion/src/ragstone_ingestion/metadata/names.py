"""Names of companies and people, read word by word: no pattern that could run away."""

import re
from collections.abc import Collection

_WORD = re.compile(r"\S+")
_FORM = re.compile(
    r"(?<![\w&-])(?:Inc|INC|Incorporated|INCORPORATED|Corp|CORP|Corporation|CORPORATION|LLC|L\.L\.C|LLP|Ltd|LTD|Limited|LIMITED|PLC|plc|Plc|AG|GmbH|GMBH"
    r"|mbH|KGaA|KG|OHG|SE|S\.E|S\.A\.S|S\.A|SA|SAS|SARL|S\.à r\.l|S\.p\.A|SpA|S\.r\.l|Srl|SRL|N\.V|NV|B\.V|BV|AB|ASA|A/S|Oyj|OYJ|Oy|Co|CO|Company|COMPANY|e\.V|Pty"
    r"|Aktiengesellschaft|S\.L|Ltda|K\.K)(?![\w&-]|/\w)\.?"
)
_DOUBTFUL = frozenset(
    {
        "Limited",
        "Company",
        "COMPANY",
        "LIMITED",
        "Co",
        "CO",
        "SE",
        "SA",
        "AB",
        "AG",
        "Corporation",
        "CORPORATION",
        "SAS",
        "KG",
        "Oy",
    }
)
"""Forms that are words or abbreviations of their own: only believed where the name ends with them."""
_GENERIC = frozenset(
    [
        "the",
        "this",
        "our",
        "parent",
        "holding",
        "said",
        "such",
        "any",
        "each",
        "a",
        "an",
        "his",
        "her",
        "their",
        "your",
        "limited",
        "public",
        "private",
        "of",
        "by",
        "for",
        "and",
        "holding",
    ]
)
_CONNECTING = frozenset(
    ["&", "and", "und", "et", "of", "de", "di", "du", "des", "la", "für", "y", "e", "the", "+", "der"]
)
_MAX_WORDS = 6
_ENDS = (",", ";", ":", ".", ")", "”", '"', "|", "—", "–", "·", "•")
_INITIAL = re.compile(r"[A-Z]\.(?:[A-Z]\.)*|St\.|Dr\.|Bros\.|Co\.|& Co\.")


def company_names(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Names with a legal form, each with its place."""
    found: list[tuple[str, tuple[int, int]]] = []
    after = 0
    for form in _FORM.finditer(text):
        if found and form.start() - found[-1][1][1] <= 3 and not text[found[-1][1][1] : form.start()].strip(" &,."):
            start = found[-1][1][0]  # "Müller GmbH & Co. KG": one name with two forms
            found[-1] = (text[start : form.end()], (start, form.end()))
            after = form.end()
            continue
        start = _start_of_name(text, after, form.start())
        bare = form.group().rstrip(".")
        if start is None or (bare in _DOUBTFUL and _goes_on(text, form.end(), bare)):
            continue
        found.append((text[start : form.end()].rstrip(), (start, form.end())))
        after = form.end()
    return [(_without_dot(text, span), _trimmed(text, span)) for _, span in found]


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
    while words and words[-1].group() in ("-", "–", "—", "|", ":", ","):
        words.pop()
    if not 1 <= len(words) <= 5 or any(word.group().lower().strip(".,") in excluded for word in words):
        return None
    if capitalised and not all(_is_capitalised(w.group()) or w.group().lower() in _CONNECTING for w in words):
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
        if raw.lower() not in _CONNECTING and not _is_capitalised(raw.lstrip("(“\"'*_")):
            break
        name.append(word)
        if len(name) == _MAX_WORDS or raw[0] in '(“"':
            break
    while name and (name[-1].group().lower() in _CONNECTING or name[-1].group().lower().strip("(*_,") in _GENERIC):
        name.pop()
    if not name or not any(map(str.isalpha, text[name[-1].start() : end])):
        return None
    first = name[-1]
    return first.start() + len(first.group()) - len(first.group().lstrip("(“\"'*_"))


def _is_capitalised(word: str) -> bool:
    """Whether the word may be part of a name: "Nordwind", "3M", "adidas" not."""
    return word[:1].isupper() or (word[:1].isdigit() and any(map(str.isalpha, word))) or any(map(str.isupper, word[1:]))


def _goes_on(text: str, end: int, form: str) -> bool:
    """Whether the words continue behind a doubtful form, as in "Acme Limited Warranty"."""
    rest = text[end : end + 2]
    if form in ("AG", "SE", "KG", "SA", "AB", "SAS", "Corporation"):
        return False
    return len(rest) == 2 and rest[0] == " " and rest[1].isupper()


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    return span[0], span[0] + len(_without_dot(text, span))


def _without_dot(text: str, span: tuple[int, int]) -> str:
    """The name as it stands, less a full stop that ends a sentence and not an abbreviation."""
    name = text[slice(*span)].rstrip()
    return (
        name[:-1]
        if name.endswith(("AG.", "GmbH.", "plc.", "PLC.", "SE.", "KG.", "LLC.", "Limited.", "Corporation.", "Company."))
        else name
    )
