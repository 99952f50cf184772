"""Ragstone, all the way: sent to the sandbox, parsed there, the answer read back and cut into chunks."""

import asyncio
from pathlib import Path

from bench.parsers.contestants.outcome import run

from ragstone_contracts.documents import CollectionSettings
from ragstone_ingestion.chunkers.registry import chunker_for
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.tokens import TokenCounter


async def main() -> None:
    pool = ParserPool(SandboxLimits())
    chunker = chunker_for(CollectionSettings(), TokenCounter.approximate())

    async def read(file: Path) -> str:
        document = await pool.parse(file, file.name, "application/pdf")
        chunker.chunk(document)
        return document.text

    try:
        await run(read)
    finally:
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
