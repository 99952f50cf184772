"""``make bench-fairness``: what a tenant's single documents wait while another tenant floods the queue.

Everything runs in one process as in standalone, with its embedder, sandboxed parsers and embedded index. Tenant B's
documents are timed from the upload until they are ready: on an idle platform, and while tenant A's are queued and
worked off.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.identity import Identity
from ragstone_ingestion.assembly import Ingestion
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.logs import configure_logs
from ragstone_kit.transport import AsgiTransport
from ragstone_standalone.data_folder import DataFolder
from ragstone_standalone.platform import compose

_AT_ONCE = 8
_LOOK_SECONDS = 0.02
_WARM_UP = 3
_SETTLED_SECONDS = 3.0
_SENTENCE = "Stone {n} of row {row} was cut by hand in the quarry of {place} and weighs {n}{row} pounds. "


@dataclass(frozen=True)
class Bench:
    ingestion: Ingestion
    client: IngestionClient
    tokens: IdentityTokens

    def caller(self, tenant: str) -> Caller:
        return self.tokens.mint(Identity(tenant=tenant, user="bench"))

    async def upload(self, tenant: str, name: str) -> str:
        text = "".join(_SENTENCE.format(n=n, row=name, place=tenant) for n in range(8))
        upload = Upload("demo", f"{name}.txt", text.encode())
        return (await self.client.upload(self.caller(tenant), upload)).document_id

    async def seconds_until_ready(self, tenant: str, name: str) -> float:
        started, caller = time.perf_counter(), self.caller(tenant)
        document_id = await self.upload(tenant, name)
        while True:
            document = await self.client.get_document(caller, document_id)
            if document.state is DocumentState.READY:
                return time.perf_counter() - started
            assert document.state in (DocumentState.QUEUED, DocumentState.RUNNING), document.error
            await asyncio.sleep(_LOOK_SECONDS)

    async def singles(self, run: str, count: int) -> list[float]:
        """Seconds of one document after the other, with a pause in between as a person makes."""
        times = []
        for number in range(count):
            times.append(await self.seconds_until_ready("b", f"{run} {number}"))
            await asyncio.sleep(0.2)
        return times

    async def flood(self, count: int) -> None:
        """Upload tenant A's documents while nobody works them off, then let the workers at them."""
        await self.ingestion.worker.stop()
        numbers = iter(range(count))

        async def uploader() -> None:
            for number in numbers:
                await self.upload("a", f"flood {number}")

        await asyncio.gather(*(uploader() for _ in range(_AT_ONCE)))
        self.ingestion.worker.start()
        await asyncio.sleep(_SETTLED_SECONDS)

    async def waiting(self) -> int:
        """Jobs that have yet to end."""
        return sum((await self.ingestion.overview.depth()).jobs.values())


async def measure(flood: int, singles: int, folder: Path) -> None:
    data = DataFolder(folder)
    platform = compose(data)
    async with platform.running(data.api_key().get_secret_value()):
        [service] = [app for app in platform.behind if app.title == "Ragstone ingestion"]
        client, tokens = IngestionClient(AsgiTransport(service)), IdentityTokens(data.internal_secret())
        bench = Bench(service.state.ingestion, client, tokens)
        for tenant in ("a", "b"):
            await bench.client.create_collection(bench.caller(tenant), NewCollection(name="demo"))
        await bench.singles("warm-up", _WARM_UP)
        _show("idle", idle := await bench.singles("idle", singles))
        started = time.perf_counter()
        await bench.flood(flood)
        print(f"tenant a uploaded {flood:,} documents in {time.perf_counter() - started:.0f} s")
        print(f"open jobs: {await bench.waiting():,}")
        _show("under flood", flooded := await bench.singles("flooded", singles))
        print(f"open jobs: {await bench.waiting():,}")
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        print(f"{name} under flood / idle: {_quantile(flooded, share) / _quantile(idle, share):.2f}")


def _quantile(times: list[float], share: float) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]


def _show(name: str, times: list[float]) -> None:
    p50, p95 = _quantile(times, 0.5), _quantile(times, 0.95)
    print(
        f"{name}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms of {len(times)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flood", type=int, default=10_000, help="documents of tenant a")
    parser.add_argument("--singles", type=int, default=40, help="documents of tenant b, idle and under flood each")
    options = parser.parse_args()
    configure_logs("WARNING")
    with tempfile.TemporaryDirectory(prefix="ragstone-fairness-") as folder:
        asyncio.run(measure(options.flood, options.singles, Path(folder)))


if __name__ == "__main__":
    main()
