"""Token-F1 against reference texts, where the shared data is at hand."""

import re
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

from ragstone_ingestion.parsers.registry import parser_for
from ragstone_ingestion.sniffing import media_type_of_file

REFERENCES = Path(__file__).parents[5] / "shared" / "data" / "parsing"
FLOORS = {"asciidoc": 0.9, "csv": 0.9, "docx": 0.9, "html": 0.9, "md": 0.9, "pptx": 0.9, "xlsx": 0.9, "pdf": 0.85}
SUFFIX = ".md.gt.md"


def tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", re.sub(r"<!--.*?-->", "", text).lower()))


def f1(text: str, reference: str) -> float:
    ours, theirs = tokens(text), tokens(reference)
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def source_of(reference: Path) -> Path:
    source = reference.with_name(reference.name.removesuffix(SUFFIX))
    return source if source.exists() else source.with_name(f"{source.name}.pdf")


@pytest.mark.requirement("ING-8")
@pytest.mark.skipif(not REFERENCES.exists(), reason="the shared reference documents are not here")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("folder", FLOORS)
def test_the_text_agrees_with_the_references(folder: str) -> None:
    scores = {}
    for reference in sorted((REFERENCES / folder).glob(f"*{SUFFIX}")):
        source = source_of(reference)
        parser = parser_for(media_type_of_file(source, source.name, None))
        scores[source.name] = f1(parser.parse(source, source.name).text, reference.read_text())
    assert mean(scores.values()) >= FLOORS[folder], scores
