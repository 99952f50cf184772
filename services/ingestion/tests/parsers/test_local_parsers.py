"""Every parser of this machine keeps the contract, in the sandbox it runs in.

A parser that is registered anew fails here until its media type has a sample in ``samples.py``.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import DocumentRejected
from ragstone_ingestion.parsers.registry import local_readings, parser_for
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_testing.parser_contract import ParserContract, ParserSubject

from .samples import SAMPLES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[ParserPool]:
    pool = ParserPool(SandboxLimits())
    yield pool
    await pool.close()


@pytest.fixture(scope="module", params=sorted(local_readings()))
def subject(
    request: pytest.FixtureRequest, pool: ParserPool, tmp_path_factory: pytest.TempPathFactory
) -> ParserSubject:
    reading: str = request.param
    media_type = reading.partition(";")[0]
    assert media_type in SAMPLES, f"{media_type} has no sample: add one to samples.py beside this file"
    _require_engine(reading)
    folder, sample = tmp_path_factory.mktemp("original"), SAMPLES[media_type]

    async def read(content: bytes, filename: str) -> ParsedDocument:
        source = folder / "original"
        source.write_bytes(content)
        return await pool.parse(source, filename, reading)

    # Whatever bytes came this far are text to a text format; only blank ones hold nothing.
    damaged = b" \n\n \t\n" if media_type.startswith("text/") else bytes(4096)
    return ParserSubject(read, sample.filename, sample.make(), DocumentRejected, [damaged])


@pytest.mark.requirement("ING-8")
@pytest.mark.asyncio(loop_scope="module")
class TestLocalParsers(ParserContract):
    """All of it is inherited."""


def _require_engine(reading: str) -> None:
    """Skips an alternative whose engine is not installed; Ragstone's own parsers must load."""
    if ";" in reading:
        try:
            parser_for(reading)
        except ImportError as error:
            pytest.skip(f"{reading} needs {error.name}, which is not installed")
