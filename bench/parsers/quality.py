"""Every reference document, read as an upload is, and its scores."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.parsers.references import Reference
from bench.parsers.scores import cell_f1, order, tables_of, token_f1

from ragstone_ingestion.errors import DocumentRejected
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.sniffing import media_type_of_file


@dataclass(frozen=True)
class Quality:
    """Scores from 0 to 1; None where the reference has no tables, or too little text. ``rejected`` is the reason."""

    format: str
    name: str
    words: float
    cells: float | None = None
    order: float | None = None
    rejected: str | None = None


async def qualities(documents: Sequence[Reference]) -> list[Quality]:
    pool = ParserPool(SandboxLimits())
    with tempfile.TemporaryDirectory() as folder:
        found = [await _quality(pool, document, Path(folder) / "original") for document in documents]
    await pool.close()
    return found


async def _quality(pool: ParserPool, document: Reference, stored: Path) -> Quality:
    name = document.source.name
    # As the pipeline has it: without an extension.
    shutil.copyfile(document.source, stored)
    try:
        parsed = await pool.parse(stored, name, media_type_of_file(document.source, name, None))
    except DocumentRejected as rejection:
        return Quality(document.format, name, words=0.0, rejected=rejection.code)
    return Quality(
        document.format,
        name,
        words=token_f1(parsed.text, document.text),
        cells=cell_f1(tables_of(parsed), document.tables),
        order=order(parsed.text, document.text),
    )
