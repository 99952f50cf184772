"""Which language a text is in, by its commonest words or by its script."""

import re
from collections import Counter

from ragstone_ingestion.metadata.finding import Finding
from ragstone_ingestion.metadata.view import View

_CHARACTERS = 3_000
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = {
    "en": "the of and to in is that for with as are this by from or be it an which have at was you your not their",
    "de": "der die das und ist den von mit für auf dem nicht ein eine des sich im zu wird sind werden als auch",
    "fr": "le la les des et est dans pour une du que qui sur avec par au plus sont nous cette ces ou vous leur aux",
    "es": "el la los las de y en que es por una con para se del al como su más son este esta sus no lo pero",
    "it": "il di che è per una con della gli le sono del nel alla dei delle non anche come questo dal più si da ai",
    "pt": "o a os as de e em que é para uma com não do da dos das ao na no por mais se como são pela seu sua",
    "nl": "de het een van en is dat op te voor met niet zijn aan door er wordt ook bij naar deze of worden als uit",
    "sv": "och att det som en på är av för med till den inte har om ett från vi kan eller även ska denna sig vid",
    "da": "og at det som en på er af for med til den ikke har om et fra vi kan eller også skal efter hvad mere",
    "no": "og at det som en på er av for med til den ikke har om et fra vi kan eller også skal etter hva mer",
    "pl": "i w na z do się jest że nie to o jak przez są po od oraz dla lub ich tym które który może być",
    "cs": "a je v na se že do to s z pro jako jsou nebo by po podle které který při také být není však od",
    "fi": "ja on ei se että hän oli ovat kun mutta tai myös sekä joka voi kuin ole mukaan tämä sen jos niin",
    "tr": "ve bir bu için ile da de olarak daha çok gibi olan en kadar her ya ancak sonra ne değil veya",
}
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _code, _words in _COMMON.items():
    for _word in _words.split():
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _code)
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
_NOT_LATIN = re.compile(r"[\u0370-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_KANA_SHARE = 0.1
_SCRIPT_SHARE = 0.4
_MIN_LETTERS = 20
_MIN_DISTINCT = 4
_MIN_SHARE = 0.12
_LEAD = 1.12


def language_of(view: View) -> list[Finding]:
    """The language (ISO 639-1) of the beginning; nothing when the text is short, mixed or no prose."""
    text = view.lower[:_CHARACTERS]
    found = (None if text.isascii() else _by_script(text)) or _by_words(text)
    return [Finding("language", found[0], found[1], "text")] if found else []


def _by_script(text: str) -> tuple[str, float] | None:
    if len(_NOT_LATIN.findall(text)) < _SCRIPT_SHARE / 2 * len(text):
        return None
    letters = sum(map(str.isalpha, text))
    if letters < _MIN_LETTERS:
        return None
    counts = {code: len(script.findall(text)) for code, script in _SCRIPTS.items()}
    if counts["ja"] > _KANA_SHARE * (counts["zh"] + counts["ja"]):
        counts["ja"] += counts.pop("zh")
    code, count = max(counts.items(), key=lambda item: item[1])
    if count < _SCRIPT_SHARE * letters:
        return None
    return _told_apart(code, text)


def _told_apart(code: str, text: str) -> tuple[str, float] | None:
    """The language among those that share the script, by letters only one of them has."""
    if code == "ru":
        if any(letter in text for letter in "іїєґ"):
            return "uk", 0.9
        return ("ru", 0.9) if any(letter in text for letter in "ыэё") else None
    if code == "ar":
        return ("fa", 0.85) if any(letter in text for letter in "پچژگ") else ("ar", 0.85)
    return code, 0.95


def _by_words(text: str) -> tuple[str, float] | None:
    words = Counter(_WORD.findall(text))
    hits: Counter[str] = Counter()
    distinct: Counter[str] = Counter()
    for word, times in words.items():
        for code in _BY_WORD.get(word, ()):
            hits[code] += times
            distinct[code] += 1
    if not hits:
        return None
    (code, most), (_, second) = [*hits.most_common(2), ("", 0)][:2]
    share = most / words.total()
    if distinct[code] < _MIN_DISTINCT or share < _MIN_SHARE or most < _LEAD * second:
        return (code, 0.5) if most > second and distinct[code] > 1 else None
    return code, min(0.97, 0.7 + share)
