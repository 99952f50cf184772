"""Views of a text with disguises taken off: look-alike letters, digits for letters, spaced letters, encodings.

Every view keeps the way back, so that what is found in it can be shown in the original.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from ragstone_guardrails.mapped_text import MappedText

_LOOKALIKES = str.maketrans(
    "аеёіїјкӏмнорсԛгѕтухѵԝһьԁԌАВЕЅІЈКМНОРСТУХ" "αβεηικνορτυχω" "ıłøđ",
    "aeeiijklmhopcqrstyxvwhbdGABESIJKMHOPCTYX" "abenikvoptuxw" "ilod",
)  # fmt: skip
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_LEET_WORD = re.compile(r"[a-z]*[0134578@$!|][a-z0134578@$!|]*")
_SPACED = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[ ._*-][a-z0-9]){3,}(?![a-z0-9])")
_TELLTALE = re.compile("instruction|prompt|ignore|disregard|restriction|guideline|password|system|rules|mode")
_SPACE = re.compile(r"\s")
_WHITE_SPACE = str.maketrans("\t\n\r\f\v", "     ")


def _folded(character: str) -> str:
    """A character in its plainest form: compatibility form, look-alike letter, no accent, no case."""
    if character < "\x80":
        return character.translate(_WHITE_SPACE).lower()
    plain = unicodedata.normalize("NFKD", character.translate(_LOOKALIKES))
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return _SPACE.sub(" ", kept).translate(_LOOKALIKES).lower()


def _single_spaced(text: MappedText) -> MappedText:
    if "  " not in text.text:
        return text
    return text.select([i for i, one in enumerate(text.text) if one != " " or i == 0 or text.text[i - 1] != " "])


def folded(text: MappedText) -> MappedText:
    """Lower case without accents, look-alike letters replaced, each run of white space a single space."""
    if text.text.isascii():
        plain = MappedText(text.text.translate(_WHITE_SPACE).lower(), text.offsets)
        return _single_spaced(plain)
    return _single_spaced(text.translate(_folded))


def _unleeted(text: MappedText) -> MappedText | None:
    changed = _LEET_WORD.sub(lambda match: match.group().translate(_LEET), text.text)
    return MappedText(changed, text.offsets) if changed != text.text else None


def _unspaced(text: MappedText) -> MappedText | None:
    gaps = {i for match in _SPACED.finditer(text.text) for i in range(match.start() + 1, match.end(), 2)}
    return text.select([i for i in range(len(text.text)) if i not in gaps]) if gaps else None


def _reversed(text: MappedText) -> MappedText:
    return text.select(range(len(text.text) - 1, -1, -1))


def _rotated(text: MappedText) -> MappedText:
    return MappedText(codecs.encode(text.text, "rot13"), text.offsets)


def disguised_views(text: MappedText) -> Iterator[MappedText]:
    """Further readings of a folded text, those that hold a word no injection does without."""
    for view in (_unspaced(text), _unleeted(text), _reversed(text), _rotated(text)):
        if view is not None and _TELLTALE.search(view.text):
            yield view


def _padded(run: str, block: int) -> str:
    bare = run.rstrip("=")
    return bare + "=" * (-len(bare) % block)


def _base64(run: str) -> str:
    return base64.b64decode(_padded(run.replace("-", "+").replace("_", "/"), 4)).decode()


def _base32(run: str) -> str:
    return base64.b32decode(_padded(run, 8)).decode()


def _hexadecimal(run: str) -> str:
    return bytes.fromhex(run).decode()


def _binary(run: str) -> str:
    return bytes(int(octet, 2) for octet in run.split()).decode()


def _unicode_escapes(run: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1] or m[2], 16)), run)


def _tags(run: str) -> str:
    return "".join(chr(ord(character) - 0xE0000) for character in run)


_ENCODINGS: list[tuple[re.Pattern[str], Callable[[str], str]]] = [
    (re.compile(r"\b(?:[0-9a-fA-F]{2}){12,}"), _hexadecimal),
    (re.compile(r"\b[01]{8}(?:\s[01]{8}){11,}"), _binary),
    (re.compile(r"\b[A-Z2-7]{24,}=*"), _base32),
    (re.compile(r"\b[A-Za-z0-9+/_-]{20,}={0,2}"), _base64),
    (re.compile(r"\b\w+(?:%[0-9a-fA-F]{2}[^\s%]*){3,}"), unquote),
    (re.compile(r"(?:\\[ux][0-9a-fA-F]{2,4}){6,}"), _unicode_escapes),
    (re.compile("[\U000e0020-\U000e007e]{8,}"), _tags),
]


def decoded_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """The range and the plain text of every run in a known encoding that decodes to text."""
    for pattern, decode in _ENCODINGS:
        for match in pattern.finditer(text):
            try:
                plain = decode(match.group())
            except (binascii.Error, ValueError):
                continue
            if plain.isprintable():
                yield match.start(), match.end(), plain
