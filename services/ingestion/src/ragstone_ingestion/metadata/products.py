"""Products and versions."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding, Passage, lowered, word_set
from ragstone_ingestion.metadata.names import leading_name
from ragstone_ingestion.metadata.view import View

_NUMBER = r"(?!0\d)(\d{1,4}(?:\.\d{1,5}){0,4}(?:[a-z]|-?(?:rc|beta|alpha)\.?\d*)?)"
_VERSION = re.compile(
    rf"(?<![\w.])(?:version|release|firmware|ver\.?|versión|versione)[ :]{{1,2}}v?{_NUMBER}(?![\w.]*\w)"
    rf"|(?<![\w.])v\.? ?{_NUMBER}(?![.]?\w)"
)
_BARE = re.compile(rf"(?<![\w.])v?{_NUMBER}(?![.]?\w)")
_DOTTED = re.compile(r"(?<![\w.])(\d{1,3}\.\d{1,4}(?:\.\d{1,5}){0,2})(?![.]?\w)")
_FOR = (
    "user|owner|operator|operation|operating|service|instruction|installation|installation and operation|maintenance"
    "|reference|administrator|admin|administration|technical|quick start|getting started|deployment|developer"
    "|programming|configuration"
)
_AFTER_PRODUCT = re.compile(
    rf"\b(?:(?:{_FOR})(?:['’]?s)? (?:manual|guide|handbook|instructions)|release notes|changelog"
    r"|data ?sheet|bedienungsanleitung|betriebsanleitung|benutzerhandbuch|installationsanleitung|versionshinweise)\b",
    re.IGNORECASE,
)
_NO_PRODUCTS = word_set(
    "the your a an this new product products software general complete employee team our quick how to user system my"
)
_SHORT_LINE = 80
_LINES = 15
_LIKE_YEAR = re.compile(r"(?:19|20)\d\d")


def products_of(view: View) -> list[Finding]:
    """``product`` and ``version`` as title, file name, cover lines and labels give them."""
    found = [*_labelled(view)]
    for passage in view.title_and_name():
        found += [*_versions(passage, 0.65 if passage.source == "filename" else 0.8), *_product(passage)]
    for line in view.cover[:_LINES]:
        if len(line.text) <= _SHORT_LINE and not line.text.endswith("."):
            found += _versions(line, 0.75 if _is_version_line(line) else 0.4)
            found += _product(line) if line.heading else []
    return found


def _labelled(view: View) -> Iterator[Finding]:
    for one in view.labelled:
        if one.field == "version":
            match = _BARE.match(lowered(one.line.text), one.start)
            if match and not _LIKE_YEAR.fullmatch(match.group(1)):
                yield one.line.find("version", match.group(1), match.span(1), 0.85)
        elif one.field == "product":
            start, end = one.value_span()
            if 1 < end - start <= 60:
                yield one.line.find("product", one.line.text[start:end], (start, end), 0.8)


def _versions(passage: Passage, confidence: float) -> Iterator[Finding]:
    """The version a passage names, when it names one only."""
    text = lowered(passage.text)
    found = [match for match in _VERSION.finditer(text) if not _LIKE_YEAR.fullmatch(match.group(1) or match.group(2))]
    if not found and _AFTER_PRODUCT.search(text):
        found = list(_DOTTED.finditer(text))
    values = {next(filter(None, match.groups())) for match in found}
    if len(values) == 1:
        group = next(number for number, value in enumerate(found[0].groups(), start=1) if value)
        yield passage.find("version", values.pop(), found[0].span(group), confidence)


def _is_version_line(line: Passage) -> bool:
    """A line that says little more than the version, perhaps with a date."""
    return line.heading or (line.text[:1] in "vVrRfF" and len(line.text) <= 40)


def _product(passage: Passage) -> Iterator[Finding]:
    match = _AFTER_PRODUCT.search(passage.text)
    if match is None or not match.start():
        return
    before = passage.text[: match.start()]
    version = _VERSION.search(before.lower()) or _DOTTED.search(before)
    if version:
        before = before[: version.start()]
    span = leading_name(before, _NO_PRODUCTS, capitalised=passage.source != "filename")
    if span:
        yield passage.find("product", passage.text[slice(*span)], span, 0.5 if passage.source == "filename" else 0.75)
