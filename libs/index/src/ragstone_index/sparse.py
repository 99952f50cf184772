"""BM25 term weights: one tokeniser and one formula for every engine, so that their sparse legs agree."""

import re
from collections.abc import Sequence
from functools import cache

from qdrant_edge import Bm25, Bm25Config

from ragstone_index.port import SparseVector
from ragstone_index.words import spelled_out

_AVERAGE_CHUNK_TOKENS = 120.0
_LANGUAGES = {
    "ar": "arabic",
    "az": "azerbaijani",
    "bn": "bengali",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "he": "hebrew",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "kk": "kazakh",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sl": "slovene",
    "sv": "swedish",
    "tg": "tajik",
    "tr": "turkish",
}
_DEFAULT = "en"
_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]{3,}"),
    "el": re.compile("[\u0370-\u03ff]{3,}"),
    "he": re.compile("[\u0590-\u05ff]{3,}"),
    "ru": re.compile("[\u0400-\u04ff]{3,}"),
}
_CLEARLY = 2
"""Words by which a language's list must beat English."""


def encode_document(text: str, language: str | None = None) -> SparseVector:
    """Saturated term frequencies, normalised by length; the engine multiplies by inverse document frequency.

    ``language`` is an ISO 639-1 code: words are brought to their stems in it and the commonest left out. What is not
    known is read as English, and so is every text besides its own language: whoever asks may not know it.
    """
    spelled = spelled_out(text, whole=True)
    weights: dict[int, float] = {}
    for code in dict.fromkeys((_known(language), _DEFAULT)):
        vector = _model(code).embed_document(spelled)
        for term, weight in zip(vector.indices, vector.values, strict=True):
            weights[term] = max(weight, weights.get(term, 0.0))
    return SparseVector(list(weights), list(weights.values()))


def encode_query(text: str, languages: Sequence[str] = ()) -> SparseVector:
    """Each term of the query once, with weight 1: its stems in each of the languages.

    Without any it is read as English and, where another language's commonest words are clearly more of it, as that; as
    Russian, Greek, Arabic or Hebrew where it has their letters.
    """
    spelled = spelled_out(text, whole=False)
    codes = dict.fromkeys(map(_known, languages)) or _likely(spelled)
    terms = dict.fromkeys(term for code in codes for term in _model(code).embed_query(spelled).indices)
    return SparseVector(list(terms), [1.0] * len(terms))


def _likely(spelled: str) -> list[str]:
    """English, and the languages whose lists of common words take the most out of the text, if English takes less."""
    left = {code: len(_model(code).embed_query(spelled).indices) for code in _LANGUAGES}
    least = min(left.values())
    others = [code for code in _LANGUAGES if left[code] == least] if least <= left[_DEFAULT] - _CLEARLY else []
    written = [code for code, letters in _SCRIPTS.items() if letters.search(spelled)]
    return [_DEFAULT, *dict.fromkeys(others + written)]


def _known(language: str | None) -> str:
    code = (language or _DEFAULT).lower().replace("_", "-").partition("-")[0]
    code = {"nb": "no", "nn": "no"}.get(code, code)
    return code if code in _LANGUAGES else _DEFAULT


@cache
def _model(language: str) -> Bm25:
    name = _LANGUAGES[language]
    return Bm25(Bm25Config(k=1.2, b=0.75, avg_len=_AVERAGE_CHUNK_TOKENS, language=name, ascii_folding=True))
