"""What kind of document it is, only when it says so."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding, Passage, lowered
from ragstone_ingestion.metadata.view import View

FINANCIAL = frozenset({"annual_report", "quarterly_report", "half_year_report", "earnings_release", "current_report"})
_BY_EXTENSION = {
    **dict.fromkeys((".eml", ".msg"), "email"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"), "slides"),
}
_RULES = (
    (
        "annual_report",
        r"\b(?:annual report|form 10-?k|10-?k(?:405|sb)?|20-f|geschäftsbericht|jahresbericht|jahresabschluss"
        r"|konzernabschluss|rapport annuel|informe anual|memoria anual|relazione annuale|relatório anual|jaarverslag"
        r"|årsredovisning|årsrapport|universal registration document|annual financial report)\b",
    ),
    (
        "quarterly_report",
        r"\b(?:quarterly report|form 10-?q|10-?q|quartalsbericht|quartalsmitteilung"
        r"|rapport trimestriel|informe trimestral|interim report q[1-4])\b",
    ),
    (
        "half_year_report",
        r"\b(?:half[- ]year(?:ly)? (?:financial )?report|halbjahres(?:finanz)?bericht"
        r"|rapport semestriel|interim half[- ]year report)\b",
    ),
    ("current_report", r"\b(?:form 8-?k|8-?k)\b"),
    (
        "earnings_release",
        r"\b(?:earnings (?:release|report|results)|(?:quarter|year|q[1-4]) (?:\d{4} )?(?:financial )?results)\b",
    ),
    ("press_release", r"\b(?:press release|pressemitteilung|communiqué de presse|comunicado de prensa)\b"),
    (
        "minutes",
        r"\b(?:minutes of|meeting minutes|board minutes|sitzungsprotokoll|procès-verbal|besprechungsprotokoll)\b",
    ),
    (
        "invoice",
        r"(?:^|\b(?:tax|commercial|proforma|sales) )(?:invoice|rechnung|facture|factura|fattura)\b(?! (?:processing|policy|management|payment))",
    ),
    (
        "manual",
        r"\b(?:(?:user|owner|operator|operation|operating|service|instruction|installation|maintenance|reference|administrator|admin"
        r"|technical)(?:['’]?s)? (?:manual|guide|handbook|instructions)|bedienungsanleitung|betriebsanleitung|benutzerhandbuch"
        r"|installationsanleitung|manuel d['’](?:utilisation|utilisateur)|mode d['’]emploi|manual de usuario|manuale (?:utente|d['’]uso)|gebruikershandleiding)\b",
    ),
    ("release_notes", r"\b(?:release notes|changelog|versionshinweise)\b"),
    (
        "contract",
        r"\b(?:(?:service|services|license|licence|lease|employment|purchase|supply|framework|consulting|consultancy|non-?disclosure"
        r"|confidentiality|loan|data processing|master|subscription|distribution|partnership|shareholders['’]?|rental) agreement"
        r"|agreement$|contract$|\w*vertrag$|contrat de|contrato de|contratto di)",
    ),
    (
        "policy",
        r"(?:\bpolicy(?: statement| document)?$|\bpolicy\b(?= (?:v|ver|version|rev)\b)|richtlinie$|\bpolítica de\b|\bpolitique de\b)",
    ),
)
_RULES_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _RULES]
_TRAILING = re.compile(r"[\s(–—:-]*\b(?:v(?:er(?:sion)?)?\.? ?)?\d[\d./]*\)?$|[\s.]+$")
_FILE_HINTS = re.compile(
    r"\b(?:minutes|invoice|rechnung|policy|manual|contract|agreement|nda|slides|bedienungsanleitung|vertrag)\b"
)
_HINTED = {
    "rechnung": "invoice",
    "agreement": "contract",
    "nda": "contract",
    "bedienungsanleitung": "manual",
    "vertrag": "contract",
}
_MAIL_FIELDS = ("from:", "to:", "subject:", "date:", "sent:", "von:", "an:", "betreff:", "cc:")
_MIN_MAIL_FIELDS = 3
_LINES = 8


def document_type_of(view: View) -> list[Finding]:
    found = list(_by_extension(view))
    found += _by_rules(view.title, 0.85)
    found += _by_rules(view.name, 0.7) or _hinted(view.name)
    for number, line in enumerate(view.cover[:_LINES]):
        confidence = 0.8 if line.heading or number == 0 else 0.65
        if len(line.text) <= 90:
            found += _by_rules(line, confidence)
    found += [*_form(view), *_mail(view), *_paper(view), *_press(view)]
    return found


def _by_extension(view: View) -> Iterator[Finding]:
    kind = _BY_EXTENSION.get(view.extension)
    if kind:
        yield Finding("document_type", kind, 0.9, "filename", view.extension)


def _by_rules(passage: Passage | None, confidence: float) -> list[Finding]:
    if passage is None:
        return []
    text = lowered(passage.text)
    bare = _TRAILING.sub("", text)
    for kind, pattern in _RULES_COMPILED:
        match = pattern.search(bare)
        if match:
            return [passage.find("document_type", kind, match.span(), confidence)]
    return []


def _hinted(name: Passage) -> list[Finding]:
    match = _FILE_HINTS.search(lowered(name.text))
    if match is None:
        return []
    kind = _HINTED.get(match.group(), match.group())
    return [name.find("document_type", kind, match.span(), 0.55)]


_FORM = re.compile(r"\bform\s+(10-?[kq]|8-?k|20-?f)\b")
_FORMS = {"k": "annual_report", "f": "annual_report", "q": "quarterly_report"}


def _form(view: View) -> Iterator[Finding]:
    """A form of the US Securities and Exchange Commission, by its cover."""
    if "exchange commission" not in view.lower:
        return
    match = _FORM.search(view.lower)
    if match:
        form = match.group(1)
        kind = "current_report" if form.startswith("8") else _FORMS[form[-1]]
        yield Passage(view.head, "text", 0).find("document_type", kind, match.span(), 0.97)


def _mail(view: View) -> Iterator[Finding]:
    heads = [line for line in view.cover[:_LINES] if line.text.lower().startswith(_MAIL_FIELDS)]
    if len(heads) >= _MIN_MAIL_FIELDS:
        yield heads[0].find("document_type", "email", (0, len(heads[0].text)), 0.9)


_ABSTRACT = re.compile(r"(?:^|\n)(abstract|zusammenfassung|résumé)\b[ .:—–-]*\n?")
_SCHOLARLY = re.compile(
    r"\b(?:arxiv:\d|doi[: ]|doi\.org/10\.|references\n|keywords\b|index terms|introduction\n|et al\.)"
)


def _paper(view: View) -> Iterator[Finding]:
    match = _ABSTRACT.search(view.lower[:5000])
    if match:
        marks = len(set(_SCHOLARLY.findall(view.lower)))
        if marks:
            confidence = 0.7 if marks == 1 else 0.85
            yield Passage(view.head, "text", 0).find("document_type", "paper", match.span(1), confidence)


def _press(view: View) -> Iterator[Finding]:
    position = view.lower.find("for immediate release", 0, 1000)
    if position >= 0:
        span = (position, position + len("for immediate release"))
        yield Passage(view.head, "text", 0).find("document_type", "press_release", span, 0.9)
