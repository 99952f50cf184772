"""Text from bytes in whatever encoding they came.

Every encoding that might be meant reads the bytes, and the reading that looks most like language wins: in alphabets by
the letters that one language uses, in Chinese, Japanese and Korean by the characters that standards list as common.
"""

import codecs
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from ragstone_ingestion.errors import CorruptDocument

_SAMPLE_BYTES = 64 * 1024
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SLIGHTLY_BROKEN = 0.9
"""From this share of sound characters on, UTF-8 with errors is still UTF-8."""
_LANGUAGE = 0.8
"""Below this score a reading is no language at all."""
_STRAY = 0.02
"""Up to this share of bytes that say nothing, a text is one with a few broken characters."""
_OF_SEVERAL_LANGUAGES = 0.95
_FAMILIAR = 0.8
_COMMON_WEIGHT = 0.1
_PUNCTUATION = frozenset("“”„‘’‚–—…€£©®™°«»‹›·•§№´\u00a0")
_WIDE_PUNCTUATION = _PUNCTUATION.union(map(chr, [*range(0x3000, 0x3021), *range(0xFF01, 0xFF5F)]))
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_COMMON_CYRILLIC = frozenset("оеаинтсрвл")
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"
_ALPHABETS = {
    # Ties go to the encoding that stands first.
    "cp1252": (
        "äöüß",
        "àâæçéèêëîïôœùûüÿ",
        "áéíóúüñ¿¡ªº",
        "áâãàçéêíóôõúü",
        "åäöæøé",
        "áðéíóúýþæö",
        "àèéìíòóùúç",
        "äëïéèóöü",
    ),
    "cp1251": (_CYRILLIC + "ё", _CYRILLIC + "іїєґ", _CYRILLIC + "јљњћђџ", _CYRILLIC + "ў"),
    "koi8-r": (_CYRILLIC + "ё",),
    "cp866": (_CYRILLIC + "ё",),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "iso8859-2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž"),
    "cp1254": ("çğıİöşüâîû",),
    "cp1253": (_GREEK,),
    "cp1255": ("".join(map(chr, range(0x5D0, 0x5EB))),),
    "cp1256": ("".join(map(chr, range(0x621, 0x653))) + "پچژگ",),
    "cp874": ("".join(map(chr, range(0xE01, 0xE5B))),),
}
_COMMON_ROWS = {
    # Korean before Chinese: the bytes of Hangul are common Chinese characters as well, but not the other way round.
    "cp949": [("euc-kr", 0xB0, 0xC8)],
    "euc-jp": [("euc-jp", 0xA4, 0xA5), ("euc-jp", 0xB0, 0xCF)],
    "cp932": [("euc-jp", 0xA4, 0xA5), ("euc-jp", 0xB0, 0xCF)],
    "big5": [("big5", 0xA4, 0xC6)],
    "gb18030": [("gb2312", 0xB0, 0xD7)],
}
_CELLS = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]


def decode(raw: bytes) -> str:
    """The text of the bytes: by byte order mark, as Unicode, or in the encoding that its characters speak for.

    Raises CorruptDocument when no encoding fits.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    if b"\x00" in raw[:_SAMPLE_BYTES] and (wide := wide_encoding(raw[:_SAMPLE_BYTES])):
        return raw.decode(wide, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_best_encoding(_sample(raw)), "replace")


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 without a byte order mark, when the bytes read as language in it."""
    scores = {encoding: _share(_read(head, encoding), _is_familiar) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > _FAMILIAR else None


def _sample(raw: bytes) -> bytes:
    """The lines with bytes beyond ASCII, from wherever they are; English beside them tells nothing."""
    if len(raw) <= _SAMPLE_BYTES:
        return raw
    first = next(
        index for index in range(0, len(raw), _SAMPLE_BYTES) if not raw[index : index + _SAMPLE_BYTES].isascii()
    )
    line = raw.rfind(b"\n", 0, first) + 1
    return raw[max(line, first - _SAMPLE_BYTES) : first + _SAMPLE_BYTES]


def _best_encoding(sample: bytes) -> str:
    strange = [character for character in _read(sample, "utf-8") if not character.isascii()]
    if strange.count("\ufffd") < (1 - _SLIGHTLY_BROKEN) * len(strange):
        return "utf-8"
    scores = dict(_scores(sample))
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] < _LANGUAGE and len(strange) < _STRAY * len(sample):
        return "utf-8"
    if scores[best] < _LANGUAGE:
        raise CorruptDocument("the text is in no known encoding")
    return best


def _scores(sample: bytes) -> Iterator[tuple[str, float]]:
    for encoding, alphabets in _ALPHABETS.items():
        text = _read(sample, encoding)
        mixed = _OF_SEVERAL_LANGUAGES * _alphabet_score(text, "".join(alphabets))
        yield encoding, max(mixed, *(_alphabet_score(text, alphabet) for alphabet in alphabets))
    for encoding in _COMMON_ROWS:
        beyond = [character for character in _read(sample, encoding) if not character.isascii()]
        # Each of these characters is two bytes, so agreement says more than a single letter's.
        belonging = _common(encoding).union(_WIDE_PUNCTUATION).__contains__
        yield encoding, (1 + 2 * _COMMON_WEIGHT) * _share(beyond, belonging)


def _alphabet_score(text: str, alphabet: str) -> float:
    """The share of characters beyond ASCII that belong, less where they stand in words as none do."""
    letters = frozenset(alphabet + alphabet.upper())
    beyond = [character for character in text if not character.isascii()]
    latin = unicodedata.name(alphabet[0]).startswith("LATIN")
    torn = sum(_is_torn(pair, latin) for pair in pairwise(text))
    common = 0 if latin else _share(beyond, lambda c: c.lower() in _COMMON_CYRILLIC)
    belonging = _share(beyond, lambda c: c in letters or c in _PUNCTUATION)
    return belonging - torn / max(1, len(beyond)) + _COMMON_WEIGHT * common


def _is_torn(pair: tuple[str, str], latin: bool) -> bool:
    """Whether a capital follows a small letter, or two scripts meet within a word."""
    first, second = pair
    if first.isascii() and second.isascii():
        return False
    mixed = not latin and first.isalpha() and second.isalpha() and first.isascii() != second.isascii()
    return mixed or (first.islower() and second.isupper())


def _is_familiar(character: str) -> bool:
    if character.isascii():
        return character.isprintable() or character in "\t\n\r\x0c"
    return character in _familiar_characters()


@cache
def _familiar_characters() -> frozenset[str]:
    alphabets = "".join(alphabet for several in _ALPHABETS.values() for alphabet in several)
    return frozenset(alphabets + alphabets.upper()).union(_WIDE_PUNCTUATION, *map(_common, _COMMON_ROWS))


def _share(characters: Sequence[str], belongs: Callable[[str], bool]) -> float:
    return sum(map(belongs, characters)) / max(1, len(characters))


@cache
def _common(encoding: str) -> frozenset[str]:
    rows = [(codec, row) for codec, first, last in _COMMON_ROWS[encoding] for row in range(first, last + 1)]
    return frozenset("".join(bytes((row, cell)).decode(codec, "ignore") for codec, row in rows for cell in _CELLS))


def _read(sample: bytes, encoding: str) -> str:
    """The sample in the encoding; a character cut off at its end is left out."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample, final=False)
