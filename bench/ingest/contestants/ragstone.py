"""Ragstone: the ingestion service as it runs everywhere, over its tables, its object store and the embedded engine.

    python -m bench.ingest.contestants.ragstone CORPUS EMBEDDER_URL CHUNK_TOKENS FOLDER

Uploads are taken first and measured apart, since the frameworks are handed their documents in memory. The parsers'
process is not counted; the engine's is.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from bench.ingest.contestants.outcome import Meter, Outcome, cpu_seconds_of
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import CollectionSettings, DocumentState, NewCollection
from ragstone_contracts.identity import Identity
from ragstone_contracts.search import SearchRequest
from ragstone_index import open_index
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import InferenceSettings
from ragstone_ingestion.app import create_app as create_ingestion
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AiohttpTransport, AsgiTransport
from ragstone_retrieval.app import create_app as create_retrieval
from ragstone_retrieval.settings import RetrievalSettings

SECRET = SecretStr("-" * 32)
COLLECTION = "bench"
UPLOADS_AT_ONCE = 8


@dataclass
class Bench:
    """The services under measurement, and the caller who uses them."""

    ingestion: IngestionClient
    retrieval: RetrievalClient
    caller: Caller

    async def upload(self, documents: list[dict[str, str]]) -> dict[str, str]:
        """The documents' own ids by those they were given."""
        turns = asyncio.Semaphore(UPLOADS_AT_ONCE)

        async def one(document: dict[str, str]) -> tuple[str, str]:
            text = f"# {document['title']}\n\n{document['text']}\n"
            async with turns:
                sent = Upload(COLLECTION, f"{document['id']}.md", text.encode())
                return (await self.ingestion.upload(self.caller, sent)).document_id, document["id"]

        return dict(await asyncio.gather(*(one(document) for document in documents)))

    async def hits(self, queries: list[dict[str, Any]], names: dict[str, str]) -> int:
        found = 0
        for query in queries:
            request = SearchRequest(query=query["text"], collection=COLLECTION, limit=5)
            results = (await self.retrieval.search(self.caller, request)).results
            found += bool({names[one.document_id] for one in results} & set(query["relevant"]))
        return found


async def main(corpus: dict[str, Any], url: str, chunk_tokens: int, folder: Path) -> Outcome:
    index, router = open_index(f"edge:{folder / 'index'}"), RouterClient(AiohttpTransport(url))
    ingestion = create_ingestion(_settings(folder), index=index, router=router)
    client = IngestionClient(AsgiTransport(ingestion))
    retrieval_settings = RetrievalSettings(internal_secret=SECRET)
    retrieval = create_retrieval(retrieval_settings, index=index, ingestion=client, router=router)
    caller = IdentityTokens(SECRET, lifetime=3600).mint(Identity(tenant="bench", user="bench"))
    bench = Bench(client, RetrievalClient(AsgiTransport(retrieval)), caller)
    async with ingestion.router.lifespan_context(ingestion), retrieval.router.lifespan_context(retrieval):
        chosen = CollectionSettings(chunk_tokens=chunk_tokens)
        await client.create_collection(caller, NewCollection(name=COLLECTION, settings=chosen))
        accepting = Meter()
        names = await bench.upload(corpus["documents"])
        accepting_cpu = accepting.cpu_seconds()
        meter, engine = Meter(), _engine_cpu()
        await _work_off(ingestion.state.ingestion)
        cpu, seconds = meter.cpu_seconds() + _engine_cpu() - engine, meter.seconds()
        documents = (await client.list_documents(caller, COLLECTION)).documents
        assert all(one.state is DocumentState.READY for one in documents)
        hits = await bench.hits(corpus["queries"], names)
    chunks = sum(one.chunks or 0 for one in documents)
    return Outcome(len(documents), chunks, cpu, seconds, len(corpus["queries"]), hits, accepting_cpu)


async def _work_off(ingestion: Ingestion) -> None:
    ingestion.worker.start()
    while await ingestion.stores.jobs.next_due() is not None:  # noqa: ASYNC110  the jobs table is the truth
        await asyncio.sleep(0.25)
    await ingestion.worker.stop()


def _engine_cpu() -> float:
    """Of the processes this one started, all but the parsers."""
    children = psutil.Process().children()
    return sum(cpu_seconds_of(child.pid) for child in children if not _is_parser(child))


def _is_parser(process: psutil.Process) -> bool:
    return any("sandbox.child" in argument for argument in process.cmdline())


def _settings(folder: Path) -> IngestionSettings:
    models = ensure_models(InferenceSettings(internal_secret=SECRET).models_dir)
    return IngestionSettings(
        internal_secret=SECRET,
        database_url=f"sqlite+aiosqlite:///{folder / 'ingestion.db'}",
        objects_url=str(folder / "objects"),
        tokenizer_file=models.embedder.tokenizer,
        embedded_worker=False,
        sole_worker=True,
    )


if __name__ == "__main__":
    corpus = json.loads(Path(sys.argv[1]).read_text())
    target = Path(sys.argv[4])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(corpus, sys.argv[2], int(sys.argv[3]), target)).report()
