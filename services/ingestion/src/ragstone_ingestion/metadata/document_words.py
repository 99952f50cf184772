"""How documents call themselves, by kind: phrases in lower case, as regular expressions."""

import re

_ROLE = (
    "user|owner|operator|operation|operating|service|instruction|installation|maintenance|reference|administrator"
    "|admin|technical"
)
_AGREED = (
    "services?|licen[sc]e|lease|employment|purchase|supply|framework|consulting|consultancy|non-?disclosure"
    "|confidentiality|loan|data processing|master|subscription|distribution|partnership|shareholders['’]?|rental"
)
_PHRASES = (
    (
        "annual_report",
        "annual (?:financial )?report|form 10-?k|10-k|form 20-?f|universal registration document",
    ),
    ("annual_report", "geschäftsbericht|jahresbericht|jahresabschluss|konzernabschluss|rapport annuel|informe anual"),
    ("annual_report", "memoria anual|relazione annuale|relatório anual|jaarverslag|årsredovisning|årsrapport"),
    ("quarterly_report", "quarterly report|form 10-?q|10-q|quartalsbericht|quartalsmitteilung|rapport trimestriel"),
    ("quarterly_report", "informe trimestral|interim report q[1-4]"),
    ("half_year_report", "half[- ]year(?:ly)? (?:financial )?report|halbjahres(?:finanz)?bericht|rapport semestriel"),
    ("current_report", "form 8-?k|8-k"),
    ("earnings_release", "earnings (?:release|report|results)"),
    ("earnings_release", r"(?:quarter|year|q[1-4]) (?:\d{4} )?(?:financial )?results"),
    ("press_release", "press release|pressemitteilung|communiqué de presse|comunicado de prensa"),
    ("minutes", "minutes of|meeting minutes|board minutes|sitzungsprotokoll|procès-verbal|besprechungsprotokoll"),
    ("invoice", "(?:(?:tax|commercial|proforma|sales) )?invoice|rechnung|facture|factura|fattura"),
    ("manual", f"(?:{_ROLE})(?:['’]?s)? (?:manual|guide|handbook|instructions)|mode d['’]emploi|manual de usuario"),
    ("manual", "bedienungsanleitung|betriebsanleitung|benutzerhandbuch|installationsanleitung|gebruikershandleiding"),
    ("manual", r"manuel d['’](?:utilisation|utilisateur)|manuale (?:utente|d['’]uso)"),
    ("release_notes", "release notes|changelog|versionshinweise"),
    ("contract", f"(?:{_AGREED}) agreement|agreement$|contract$|[^ ]*vertrag$|contrat de|contrato de|contratto di"),
    ("policy", "policy(?: statement| document)?$|[^ ]*-?richtlinie$|política de|politique de"),
)
_KINDS = tuple(dict.fromkeys(kind for kind, _ in _PHRASES))
_PATTERN = {
    kind: re.compile(rf"(?<!\w)(?:{'|'.join(phrase for one, phrase in _PHRASES if one == kind)})(?!\w)")
    for kind in _KINDS
}
_AT_START = frozenset({"invoice"})
"""Words that name the document only at the beginning: an invoice, but not an answer about one."""
_HINTS = re.compile(
    r"annual|invoice|rechnung|factur|fattura|report|bericht|abschluss|rapport|informe|memoria|relazione|relat|jaar|års"
    r"|form |registration|quart|result|earnings|press|comuni|minutes|protokoll|procès|manu|guide|handbook|instructions"
    r"|anleitung|handbuch|handleiding|emploi|notes|changelog|versions|agreement|contra|vertrag|policy|richtlinie"
    r"|política|politique|10-|8-"
)
_NUMBER_AT_END = re.compile(r"(?<![\w./])(?:v(?:er(?:sion)?)?\.? ?)?\d[\d./]*\)?$")
_FILE_WORDS = {
    **{"10k": "annual_report", "10 k": "annual_report", "10q": "quarterly_report", "10 q": "quarterly_report"},
    **{"8k": "current_report", "8 k": "current_report", "minutes": "minutes", "slides": "slides"},
    **{"invoice": "invoice", "rechnung": "invoice", "manual": "manual", "policy": "policy"},
    **{"contract": "contract", "agreement": "contract", "vertrag": "contract", "nda": "contract"},
    **{"earnings": "earnings_release"},
}
_FORMS = frozenset({"10k", "10 k", "10q", "10 q", "8k", "8 k"})
_FILE_WORD = re.compile(rf"(?<![^\W_])(?:{'|'.join(_FILE_WORDS)})(?![^\W_])")

Named = tuple[str, tuple[int, int]]
"""A kind of document and where it is named."""


def named_kind(text: str) -> Named | None:
    """The kind that a title or heading, in lower case, names."""
    if not _HINTS.search(text):
        return None
    bare = _NUMBER_AT_END.sub("", text.rstrip(". ")).rstrip(" (–—:-")
    for kind, pattern in _PATTERN.items():
        match = pattern.match(bare) if kind in _AT_START else pattern.search(bare)
        if match:
            return kind, match.span()
    return None


def hinted_kind(name: str) -> tuple[Named, bool] | None:
    """The kind that a word of a file name speaks for, and whether the word can mean nothing else."""
    match = _FILE_WORD.search(name)
    return ((_FILE_WORDS[match.group()], match.span()), match.group() in _FORMS) if match else None
