"""``make chaos-ingest``: documents go in while processes are killed; afterwards every chunk is there exactly once.

A run takes a seed, uploads its documents and kills something at random moments until all are accepted and the kills are
used up. Then it compares the ids that are stored with those worked out apart, and says how long each recovery took.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from tests.chaos.ingest.documents import Sent, documents, expected_chunks
from tests.chaos.ingest.doors import Door, insist
from tests.chaos.ingest.profiles import Deployment, cluster, standalone
from tests.chaos.ingest.report import Run, table
from tests.chaos.ingest.watch import Watch

from ragstone_contracts.documents import DocumentAccepted, DocumentState
from ragstone_testing.postgres import PostgresServer

_UPLOADS_AT_ONCE = 4
_SETTLE_SECONDS = 300.0
_BETWEEN_KILLS = (0.3, 2.0)

Profile = Callable[[Path], AbstractContextManager[Deployment]]


async def run(profile: str, deployment: Deployment, seed: int, options: argparse.Namespace) -> Run:
    """One seed from the empty stores to the verdict."""
    sent, chance = documents(seed, options.documents), random.Random(seed)
    deployment.ensure()
    door = await _opened(deployment)
    collection = await insist(door.open_collection)
    database = deployment.database()
    watch, kills = Watch(database), Counter[str]()
    uploading = asyncio.create_task(_upload_all(door, sent))
    for _ in range(options.kills):
        await _watched(watch, chance.uniform(*_BETWEEN_KILLS))
        kills += await _kill_one(deployment, watch, chance)
        deployment.ensure()
    accepted = await uploading
    await watch.until_nothing_is_open(_SETTLE_SECONDS)
    unready = [one.title for one in await insist(door.documents) if one.state is not DocumentState.READY]
    await door.close()
    await database.close()
    deployment.end()
    stored = await _stored(deployment, collection)
    expected = await expected_chunks(sent, accepted, deployment.tokens)
    return Run(profile, seed, kills, expected=set(expected), stored=stored, unready=unready, watch=watch)


async def _opened(deployment: Deployment) -> Door:
    """Standalone's key is written when it first starts."""

    async def door() -> Door:
        return deployment.door()

    return await insist(door)


async def _upload_all(door: Door, sent: list[Sent]) -> list[DocumentAccepted]:
    """Every document, and its replacement after it; the last answer of each."""
    turns = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def one(document: Sent) -> DocumentAccepted:
        async with turns:
            accepted = await insist(partial(door.upload, document.filename, document.content))
            if document.replacement is not None:
                accepted = await insist(partial(door.upload, document.filename, document.replacement))
            return accepted

    return await asyncio.gather(*(one(document) for document in sent))


async def _watched(watch: Watch, seconds: float) -> None:
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        await watch.look()
        await asyncio.sleep(0.1)


async def _kill_one(deployment: Deployment, watch: Watch, chance: random.Random) -> Counter[str]:
    """Kill what chance names, or nothing where there is none of it just now."""
    name = chance.choice(sorted(deployment.kills))
    if not deployment.kills[name](chance.randrange(1000)):
        return Counter()
    await watch.kill_happened()
    return Counter([name])


async def _stored(deployment: Deployment, collection: str) -> Counter[str]:
    index = deployment.index()
    try:
        return Counter(chunk.chunk_id for chunk in await index.chunks(collection))
    finally:
        await index.close()


def main(options: argparse.Namespace) -> None:
    runs: list[Run] = []
    with PostgresServer.running() as postgres, tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        profiles: dict[str, Profile] = {"standalone": standalone, "cluster": partial(cluster, postgres=postgres)}
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for name in options.profiles:
                with profiles[name](Path(folder) / f"{name}-{seed}") as deployment:
                    runs.append(asyncio.run(run(name, deployment, seed, options)))
                print(runs[-1].line(), file=sys.stderr, flush=True)
    text = table(runs, options.documents)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text)
    print(text)
    sys.exit(any(one.faults for one in runs))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make chaos-ingest", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="runs of each profile")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10, help="attempts to kill in each run")
    parser.add_argument("--profiles", nargs="+", default=["standalone", "cluster"])
    parser.add_argument("--output", type=Path, default=Path(".cache/chaos/ingest.md"))
    main(parser.parse_args())
