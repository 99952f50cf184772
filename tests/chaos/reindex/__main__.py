"""``make chaos-reindex``: a collection is embedded anew to another dimension while it is asked and changed, and its
process is killed in every stage.

Each search is checked: its scores must all be of one model, what is there must be found and what was deleted must not.
If a stage was too short to be hit, the collection is embedded back, until each has seen a kill.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select
from tests.chaos.reindex.corpus import Made
from tests.chaos.reindex.deployment import Deployment, embedder, standalone
from tests.chaos.reindex.report import STAGES, Run
from tests.chaos.reindex.traffic import COLLECTION, Traffic, ask_on, change_on

from ragstone_clients.multipart import File
from ragstone_contracts.documents import Collection, CollectionSettings, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.reindexing import NewReindex, ReindexSettings
from ragstone_index import open_index
from ragstone_ingestion.jobs import OPEN, JobKind
from ragstone_ingestion.tables import collections, jobs, reindexings, versions
from ragstone_kit.database import Database

_PARAGRAPHS = 10
_SIZES = (256, 384)
_UPLOADS_AT_ONCE = 8
_LOOK_SECONDS = 0.004
_KILLS = {"building": 3, "verifying": 1, "swapping": 1, "retiring": 1}
"""How often a process is killed in a stage of one pass."""
_BETWEEN_KILLS = 3.0
_MOST_PASSES = 4
_PATIENCE = 900.0


async def run(deployment: Deployment, chunks: int, seed: int) -> Run:
    deployment.server.ensure()
    await _until_ready(deployment)
    client, database = deployment.client(), deployment.database()
    settings = CollectionSettings(embedder=embedder(_SIZES[0]), chunk_tokens=80, infer_metadata=False)
    demo = await client.create_collection(NewCollection(name=COLLECTION, settings=settings))
    traffic = Traffic(client, _SIZES, random.Random(seed))
    count = chunks // _PARAGRAPHS
    await _fill(traffic, database, count)
    outcome = Run(await _stored(database), _SIZES, traffic)
    _say(f"{outcome.chunks} chunks in {count} documents")
    stop = asyncio.Event()
    loops = [asyncio.create_task(ask_on(traffic, stop)) for _ in range(2)]
    loops.append(asyncio.create_task(change_on(traffic, stop, count, _PARAGRAPHS)))
    for size in (_SIZES[1], _SIZES[0]) * (_MOST_PASSES // 2):
        await _pass(deployment, outcome, database, size)
        if all(outcome.kills[stage] for stage in STAGES):
            break
    stop.set()
    await asyncio.gather(*loops)
    await _at_rest(database)
    outcome.faults += await _faults(traffic)
    await client.close()
    await database.close()
    deployment.server.end()
    outcome.faults += await _chunk_faults(deployment, traffic, demo)
    return outcome


async def _fill(traffic: Traffic, database: Database, count: int) -> None:
    """All documents at once, as a batch; waits until the last answers."""
    turns = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def one(number: int) -> None:
        made = Made(number, _PARAGRAPHS)
        async with turns:
            accepted = await traffic.client.upload(File(made.filename, made.content), COLLECTION)
        traffic.present[number] = (accepted.document_id, made)

    await asyncio.gather(*(one(number) for number in range(count)))
    await _at_rest(database)


async def _pass(deployment: Deployment, outcome: Run, database: Database, size: int) -> None:
    """Embed the collection anew, and kill the process in each stage."""
    traffic = outcome.traffic
    wanted = NewReindex(settings=ReindexSettings(embedder=embedder(size)))
    begun = await traffic.insist(lambda: traffic.client.reindex(COLLECTION, wanted))
    if begun is None:
        return
    outcome.passes += 1
    left, waits_until = dict(_KILLS), 0.0
    stage, since, queries = "building", time.monotonic(), traffic.queries
    async with asyncio.timeout(_PATIENCE):
        while stage != "done":
            await asyncio.sleep(_LOOK_SECONDS)
            now, before, stage = time.monotonic(), stage, await _stage(database)
            outcome.seconds[before] += now - since
            outcome.queries[before] += traffic.queries - queries
            since, queries = now, traffic.queries
            if stage != before:
                _say(f"{size} dimensions: {stage}")
                waits_until = now
            if left.get(stage) and now >= waits_until:
                left[stage] -= 1
                outcome.kills[stage] += await _kill(deployment, traffic)
                waits_until = time.monotonic() + _BETWEEN_KILLS
    ended = await traffic.insist(lambda: traffic.client.get_reindex(COLLECTION))
    outcome.repaired += 0 if ended is None else ended.repaired


async def _kill(deployment: Deployment, traffic: Traffic) -> bool:
    """``kill -9``, and start it again; returns once it answers."""
    traffic.outages.begin()
    killed = deployment.server.kill()
    deployment.server.ensure()
    await _until_ready(deployment)
    traffic.outages.down = False
    return killed


async def _until_ready(deployment: Deployment) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                async with deployment.client() as client:
                    if (await client.readyz()).ready:
                        return
            except (RagstoneError, OSError):  # nothing listens yet, or there is no key yet
                pass
            await asyncio.sleep(0.1)


async def _stage(database: Database) -> str:
    async with database.read() as connection:
        return str(await connection.scalar(select(reindexings.c.state)))


async def _stored(database: Database) -> int:
    async with database.read() as connection:
        return await connection.scalar(select(func.sum(versions.c.chunks))) or 0


async def _open(database: Database) -> int:
    """Jobs that have yet to end."""
    at_work = jobs.c.state.in_(OPEN) & ~jobs.c.called_off & (jobs.c.kind != JobKind.RECONCILE)
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).where(at_work)) or 0


async def _at_rest(database: Database) -> None:
    async with asyncio.timeout(_PATIENCE):
        while await _open(database):  # noqa: ASYNC110  they are another process's
            await asyncio.sleep(0.2)


async def _faults(traffic: Traffic) -> list[str]:
    """Whatever a reconciliation finds, and every document that is not as it was last uploaded."""
    report = await traffic.client.reconcile(dry_run=True)
    found = [f"{store}: {one.found} found by reconciling" for store, one in report.stores.items() if one.found]
    listed = {one.document_id for one in await traffic.client.list_documents(COLLECTION)}
    wanted = {document_id for document_id, _ in traffic.present.values()}
    return [*found, *(f"{one} is missing" for one in wanted - listed), *(f"{one} is left" for one in listed - wanted)]


async def _chunk_faults(deployment: Deployment, traffic: Traffic, demo: Collection) -> list[str]:
    """Every index but the last must be gone, and that one have each paragraph of what is present exactly once."""
    database = deployment.database()
    async with database.read() as connection:
        last = await connection.scalar(select(reindexings.c.index_id))
        sequence = await connection.scalar(select(collections.c.sequence).where(collections.c.id == demo.id)) or 0
    await database.close()
    index = open_index(f"edge:{deployment.folder}/vectors")
    left = [f"{one} is left" for one in await index.collections() if one != last]
    shown = [one for one in await index.chunks(str(last)) if one.born <= sequence < one.died]
    await index.close()
    stored = Counter((one.document_id, one.text) for one in shown)
    wanted = Counter(
        (document_id, text)
        for document_id, made in traffic.present.values()
        for text in made.content.decode().split("\n\n")
    )
    wrong = (stored - wanted) + (wanted - stored)
    return left + [f"{count} of {text[:30]!r} of {document_id}" for (document_id, text), count in wrong.items()]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(options: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        standalone(Path(folder) / "data", _SIZES) as deployment,
    ):
        outcome = asyncio.run(run(deployment, options.chunks, options.seed))
    text = outcome.table()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text)
    print(text)
    sys.exit(bool(outcome.all_faults) or any(not outcome.kills[stage] for stage in STAGES))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make chaos-reindex", description=__doc__)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path(".cache/chaos/reindex.md"))
    main(parser.parse_args())
