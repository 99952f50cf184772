"""Every beast of the zoo ends in a typed refusal or does no harm, and the next document is read as if nothing was."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ragstone_ingestion.errors import DocumentRejected
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.sniffing import HEAD_BYTES, media_type_of
from ragstone_testing.beasts import BEASTS, READABLE


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[ParserPool]:
    pool = ParserPool(SandboxLimits(memory_mb=1024, seconds=5))
    yield pool
    await pool.close()


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize("name", BEASTS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_beast_is_refused_by_name_and_the_next_document_is_read(
    name: str, pool: ParserPool, tmp_path: Path
) -> None:
    beast = BEASTS[name]
    assert await _outcome(pool, tmp_path / "beast", beast.filename, beast.make()) in beast.codes
    assert await _outcome(pool, tmp_path / "next", "next.txt", b"Nothing has happened.") == READABLE


async def _outcome(pool: ParserPool, source: Path, filename: str, content: bytes) -> str:
    await asyncio.to_thread(source.write_bytes, content)
    try:
        await pool.parse(source, filename, media_type_of(content[:HEAD_BYTES], filename, None))
    except DocumentRejected as rejection:
        return rejection.code
    return READABLE
