"""Whether a rewording says nothing its source does not say, as far as words can show."""

import re

from ragstone_inference.lexical import is_common, terms

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w'-]*")
_NEGATION = re.compile(r"\b(?:no|not|never|none|neither|nor|without|cannot|\w+n['’]t)\b", re.IGNORECASE)
_KEPT = 0.7
_LONGEST = 1.3


def is_faithful(reworded: str, source: str) -> bool:
    """True when every number and name of the rewording occurs in the source, it denies as often, brings in few words of
    its own and is not much longer."""
    if not reworded or len(reworded) > _LONGEST * len(source) + 20:
        return False
    if not set(_NUMBER.findall(reworded)) <= set(_NUMBER.findall(source)):
        return False
    if len(_NEGATION.findall(reworded)) != len(_NEGATION.findall(source)):
        return False
    known = set(terms(source))
    said = set(terms(reworded))
    return _names_known(reworded, source) and len(said & known) >= _KEPT * len(said)


def _names_known(reworded: str, source: str) -> bool:
    words = set(re.findall(r"[\w'-]+", source.casefold()))
    return all(name.casefold() in words or is_common(name) for name in _NAME.findall(reworded))
