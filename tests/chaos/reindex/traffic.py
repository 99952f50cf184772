"""What users do meanwhile: ask, upload, replace and delete, each answer checked."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.chaos.reindex.corpus import Made, models_of

from ragstone_clients.gateway import GatewayClient
from ragstone_clients.multipart import File
from ragstone_contracts.documents import DocumentState
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest, SearchResponse

COLLECTION = "chaos"
_RETRY_SECONDS = 0.1
_LIMIT = 10

Result = TypeVar("Result")


@dataclass
class Outages:
    """When the process was killed; a call that failed in one is made again and is no error."""

    count: int = 0
    down: bool = False

    def begin(self) -> None:
        self.count, self.down = self.count + 1, True


@dataclass
class Traffic:
    """``present`` documents are ready and must be found; ``gone`` ones were deleted and must not be.

    ``touched`` are being changed just now: nothing is asked about them.
    """

    client: GatewayClient
    sizes: Sequence[int]
    chance: random.Random
    outages: Outages = field(default_factory=Outages)
    present: dict[int, tuple[str, Made]] = field(default_factory=dict)
    gone: list[tuple[str, Made]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    queries: int = 0
    repeated: int = 0
    uploads: int = 0
    deletions: int = 0
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    answered_by: set[int] = field(default_factory=set)

    async def insist(self, call: Callable[[], Awaitable[Result]]) -> Result | None:
        """The answer, if need be after the process has come back; None after an error that no kill explains."""
        while True:
            outage = self.outages.count
            try:
                return await call()
            except (RagstoneError, OSError, TimeoutError) as error:
                if not self.outages.down and self.outages.count == outage:
                    self.errors.append(f"{type(error).__name__}: {error}")
                    return None
                self.repeated += 1
                await asyncio.sleep(_RETRY_SECONDS)

    async def upload(self, made: Made) -> None:
        """Upload a document, or the next revision of it, and wait until it answers."""
        self.touched.add(made.number)
        accepted = await self.insist(lambda: self.client.upload(File(made.filename, made.content), COLLECTION))
        while accepted is not None:
            now = await self.insist(lambda: self.client.get_document(accepted.document_id))
            if now is None or now.state in (DocumentState.FAILED, DocumentState.REJECTED):
                self.errors.append(f"{made.filename} did not become ready: {now and now.error}")
                break
            if now.active_version == accepted.version:
                self.present[made.number] = (accepted.document_id, made)
                break
            await asyncio.sleep(_RETRY_SECONDS)
        self.uploads += 1
        self.touched.discard(made.number)

    async def delete(self, number: int) -> None:
        document_id, made = self.present.pop(number)
        if await self.insist(lambda: self._delete(document_id)):
            self.gone.append((document_id, made))
        self.deletions += 1

    async def _delete(self, document_id: str) -> bool:
        """Whether the answer says that it is gone; it may be on its way, or the answer to the first try lost."""
        try:
            receipt = await self.client.delete_document(document_id)
        except RagstoneError as error:
            if error.code != "not_found":
                raise
            return False
        return receipt.remaining["index"] == 0

    async def ask(self) -> None:
        """A query for a paragraph that must be found, or for one that must not be any more."""
        if self.gone and self.chance.random() < 0.2:
            document_id, made = self.chance.choice(self.gone)
            response = await self._search(made, self.chance.randrange(made.paragraphs))
            if response is not None and any(one.document_id == document_id for one in response.results):
                self.wrong.append(f"{made.filename} is found although it was deleted")
            return
        number = self.chance.choice(list(self.present))
        document_id, made = self.present[number]
        part = self.chance.randrange(made.paragraphs)
        if number in self.touched:
            return
        response = await self._search(made, part)
        still = self.present.get(number) == (document_id, made) and number not in self.touched
        found = response is None or any(
            one.document_id == document_id and made.word(part) in one.text for one in response.results
        )
        if still and not found:
            self.wrong.append(f"{made.word(part)} is not found")

    async def _search(self, made: Made, part: int) -> SearchResponse | None:
        strategy = self.chance.choice(["hybrid", "dense"])
        words = made.content.decode().split("\n\n")[part].rstrip(".")
        request = SearchRequest(query=words, collection=COLLECTION, limit=_LIMIT, strategy=strategy)
        response = await self.insist(lambda: self.client.search(request))
        self.queries += 1
        if response is None:
            return None
        if response.degraded:
            self.errors.append(f"a search went on without {response.degraded}")
        models = models_of(words, response.results, list(self.sizes))
        if not models:
            self.mixed.append(f"{words[:40]!r}: {[one.stages for one in response.results]}")
        if len(models) == 1:
            self.answered_by |= models
        return response


async def ask_on(traffic: Traffic, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await traffic.ask()
        await asyncio.sleep(0.005)


async def change_on(traffic: Traffic, stop: asyncio.Event, first: int, paragraphs: int) -> None:
    """New documents, revisions of those there are, and deletions, one after the other."""
    number = first
    while not stop.is_set():
        await traffic.upload(Made(number, paragraphs))
        number += 1
        others = sorted(traffic.present.keys() - traffic.touched)
        old = traffic.present[traffic.chance.choice(others)][1]
        await traffic.upload(replace(old, revision=old.revision + 1))
        others = sorted(traffic.present.keys() - traffic.touched)
        await traffic.delete(traffic.chance.choice(others))
        await asyncio.sleep(0.1)
