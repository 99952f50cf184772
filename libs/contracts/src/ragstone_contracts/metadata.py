"""What is known about a document as a whole, and where each value was read."""

import re
import unicodedata
from typing import Any, Literal

from pydantic import Field

from ragstone_contracts.model import Wire

Source = Literal["uploader", "title", "text", "filename", "properties"]


class Evidence(Wire):
    """The value of one metadata field and what speaks for it.

    ``quote`` is the passage the value was read from. With ``start`` and ``end`` it stands in the canonical text:
    ``canonical[start:end] == quote``. A ``candidate`` was not certain enough: it is shown here and nowhere else.
    """

    value: Any
    source: Source
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    confidence: float = Field(ge=0, le=1)
    candidate: bool = False


_FORMS = """
inc incorporated corp corporation co company llc llp lp ltd limited plc pte pty pvt
ag gmbh mbh kg kgaa ohg ug se ev eg aktiengesellschaft
sa sas sarl sca spa srl nv bv ab asa as oy oyj aps sl slu slp sau ltda kk
"""
LEGAL_FORMS = frozenset(_FORMS.split())
"""What stands behind a company's name for its legal form, folded as :func:`organisation_key` folds words."""

_WORD = re.compile(r"[^\W_]+")
_PUNCTUATION = str.maketrans({".": None, "'": None, "’": None, "_": " "})
_JOINING = frozenset({"and", "und", "et", "y", "e", "the"})


def organisation_key(name: str) -> str:
    """The name as filters compare it: no case, accents, spaces, punctuation or legal form.

    ``"Johnson & Johnson"`` and ``"JOHNSON_JOHNSON"`` are one organisation, so are ``"Acme Tools, Inc."`` and
    ``"acme-tools"``. Empty for a name without letters or digits.
    """
    plain = name.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    words = _WORD.findall(plain.translate(_PUNCTUATION))
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    kept = [word for word in words if word not in _JOINING]
    return "".join(kept or words)
