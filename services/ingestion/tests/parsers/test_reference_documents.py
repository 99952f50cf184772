"""Token-F1 against reference texts, where the shared data is at hand."""

import re
import shutil
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.sniffing import media_type_of_file

REFERENCES = Path(__file__).parents[5] / "shared" / "data" / "parsing"
FLOORS = dict.fromkeys(("asciidoc", "csv", "docx", "html", "md", "odf", "pptx", "xls", "xlsx"), 0.9) | {"pdf": 0.85}
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
@pytest.mark.parametrize("folder", FLOORS)
async def test_the_text_agrees_with_the_references(folder: str, tmp_path: Path) -> None:
    pool, scores = ParserPool(SandboxLimits()), {}
    for reference in sorted((REFERENCES / folder).glob(f"*{SUFFIX}")):
        source = source_of(reference)
        stored = shutil.copyfile(source, tmp_path / "original")  # as the pipeline has it: without an extension
        parsed = await pool.parse(stored, source.name, media_type_of_file(source, source.name, None))
        scores[source.name] = f1(parsed.text, reference.read_text())
    await pool.close()
    assert mean(scores.values()) >= FLOORS[folder], scores
