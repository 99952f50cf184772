"""Who may see what, under random histories of the real services, against a dictionary a person can check.

Every document has a secret: a word that stands in its text, its title and its metadata and nowhere else. Whatever is
answered to somebody, results, counts, fields, lists, contexts, reasons and errors alike, may hold neither the id nor
the secret of a document they may not see, at no time; and once everything is worked off, searches find exactly what
they may.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.acl.platform import Platform, running

from ragstone_clients.ingestion import Upload
from ragstone_contracts.context import ContextRequest
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.identity import EVERYONE, Identity
from ragstone_contracts.search import SearchRequest
from ragstone_contracts.sharing import CollectionUpdate, DocumentUpdate
from ragstone_contracts.why_not import WhyNotRequest
from ragstone_index import VectorIndex
from ragstone_kit.identity import Caller

Result = TypeVar("Result")

PLACES = [("acme", "open"), ("acme", "board"), ("globex", "open")]
YEARS = (2020, 2021, 2022)

identities = st.builds(
    Identity,
    tenant=st.sampled_from(["acme", "acme", "globex"]),
    user=st.sampled_from(["ann", "bob", "cid"]),
    groups=st.lists(st.sampled_from(["staff", "board"]), unique=True),
)
ROOT = "user:root"
principals = st.sampled_from(["user:ann", "user:bob", "group:staff", "group:board"])
acls = st.one_of(
    st.just([EVERYONE]), st.builds(lambda named: [ROOT, *named], st.lists(principals, unique=True, max_size=2))
)
names = st.sampled_from(["a.txt", "b.txt", "c.txt"])
places = st.sampled_from(PLACES)
choices = st.integers(0, 99)
years = st.sampled_from(YEARS)
filters = st.one_of(
    st.none(),
    st.builds(lambda year: {"year": year}, years),
    st.builds(lambda year: {"year": {"gte": year}}, years),
    st.builds(lambda year: {"$not": {"year": year}}, years),
    st.builds(lambda one, other: {"$or": [{"year": one}, {"year": {"lt": other}}]}, years, years),
)
strategies = st.sampled_from(["dense", "sparse", "hybrid"])


@dataclass
class Known:
    """A document as it should be; ``acl`` None inherits its collection's."""

    document_id: str
    place: tuple[str, str]
    name: str
    year: int
    secret: str
    acl: list[str] | None


class AccessMachine(RuleBasedStateMachine):
    """Subclasses give it a ``runner`` and an ``index``, which outlive the histories."""

    runner: ClassVar[asyncio.Runner]
    index: ClassVar[VectorIndex]
    executed: ClassVar[Counter[str]] = Counter()
    numbers: ClassVar[Iterator[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.stack = AsyncExitStack()
        self.platform: Platform = self.run(self.stack.enter_async_context(running(self.index)))
        self.collections: dict[tuple[str, str], str] = {}
        self.gates: dict[tuple[str, str], list[str]] = {}
        self.documents: dict[tuple[tuple[str, str], str], Known] = {}
        self.gone: list[Known] = []
        self.settled = True

    def run(self, work: Awaitable[Result]) -> Result:
        return self.runner.run(_awaited(work))

    def teardown(self) -> None:
        for collection_id in self.collections.values():
            self.run(self.index.drop(collection_id))
        self.run(self.stack.aclose())

    @initialize()
    def found_collections(self) -> None:
        for place in PLACES:
            new = NewCollection(name=place[1])
            made = self.run(self.platform.ingestion.create_collection(self._root(place[0]), new))
            self.collections[place], self.gates[place] = made.id, [EVERYONE]

    # what changes

    @rule(place=places, name=names, year=years, acl=st.one_of(st.none(), acls))
    def upload(self, place: tuple[str, str], name: str, year: int, acl: list[str] | None) -> None:
        self._count("upload")
        known, secret = self.documents.get((place, name)), f"zq{next(self.numbers)}zq"
        wanted = (known.acl if known else None) if acl is None else acl
        text = f"{secret} stands on a stone of the wall"
        metadata = {"year": year, "topic": secret}
        caller = self._root(place[0])
        sent = Upload(self.collections[place], name, text.encode(), acl=acl, metadata=metadata)
        accepted = self.run(self.platform.ingestion.upload(caller, sent))
        if known is not None:
            self.gone.append(known)
        self.documents[place, name] = Known(accepted.document_id, place, name, year, secret, wanted)
        self.settled = False

    @precondition(lambda self: self.documents)
    @rule(choice=choices, acl=acls)
    def share_or_revoke(self, choice: int, acl: list[str]) -> None:
        self._count("share")
        one = self._choose(choice)
        self._change(one, DocumentUpdate(acl=acl))
        one.acl = acl

    @precondition(lambda self: self.documents)
    @rule(choice=choices)
    def inherit(self, choice: int) -> None:
        self._count("inherit")
        one = self._choose(choice)
        self._change(one, DocumentUpdate(acl="inherit"))
        one.acl = None

    @rule(place=places, acl=acls)
    def share_collection(self, place: tuple[str, str], acl: list[str]) -> None:
        self._count("share collection")
        caller = self._root(place[0])
        change = CollectionUpdate(acl=acl)
        changed = self.run(self.platform.ingestion.change_collection(caller, self.collections[place], change))
        self.gates[place] = acl
        self.settled = self.settled and changed.complete

    @precondition(lambda self: self.documents)
    @rule(choice=choices, to=st.sampled_from(["open", "board"]))
    def move(self, choice: int, to: str) -> None:
        self._count("move")
        self.work()
        one = self._choose(choice)
        target = (one.place[0], to)
        if target in self.collections and (target, one.name) not in self.documents:
            self._change(one, DocumentUpdate(collection=self.collections[target]))
            self.work()
            del self.documents[one.place, one.name]
            one.place = target
            self.documents[target, one.name] = one

    @precondition(lambda self: self.documents)
    @rule(choice=choices)
    def delete(self, choice: int) -> None:
        self._count("delete")
        one = self._choose(choice)
        caller = self._root(one.place[0])
        self.run(self.platform.ingestion.delete_document(caller, one.document_id))
        self.gone.append(self.documents.pop((one.place, one.name)))

    @precondition(lambda self: self.documents and not self.platform.index.is_stubborn)
    @rule()
    def index_takes_no_changes(self) -> None:
        self._count("index stubborn")
        self.platform.index.is_stubborn = True

    @rule()
    def work(self) -> None:
        self._count("work")
        self.platform.index.is_stubborn = False
        self.run(self.platform.work())
        self.settled = True

    # what is asked

    @rule(who=identities, strategy=strategies, wanted=filters, inferred=st.booleans(), choice=choices)
    def search(self, who: Identity, strategy: str, wanted: dict[str, Any] | None, inferred: bool, choice: int) -> None:
        self._count("search")
        words = f"stone of the wall {self._any_secret(choice) if choice % 2 else ''}"
        request = SearchRequest(query=words, limit=200, strategy=strategy, filters=wanted, infer_filters=inferred)
        found = self._ask(who, self.platform.retrieval.search(self.platform.caller(who), request), "")
        if found is not None and self.settled and not inferred:
            expected = {one.document_id for one in self._seen_by(who) if _meets(wanted, one.year)}
            assert {one.document_id for one in found.results} == expected

    @rule(who=identities, place=places, choice=choices)
    def search_as_of(self, who: Identity, place: tuple[str, str], choice: int) -> None:
        self._count("search as of")
        request = SearchRequest(query="stone", collection=self.collections[place], limit=200, as_of=choice % 8)
        self._ask(who, self.platform.retrieval.search(self.platform.caller(who), request), "")

    @rule(who=identities, place=places)
    def look_at_fields_and_lists(self, who: Identity, place: tuple[str, str]) -> None:
        self._count("fields and lists")
        client, caller, collection = self.platform.ingestion, self.platform.caller(who), self.collections[place]
        seen = [one for one in self._seen_by(who) if one.place == place]
        listed = self._ask(who, client.list_documents(caller, collection), "")
        fields = self._ask(who, client.list_fields(caller, collection), "")
        if listed is not None:
            assert {one.document_id for one in listed.documents} == {one.document_id for one in seen}
        if fields is not None and self.settled:
            assert fields.documents == len(seen)
        for one in self.run(client.list_collections(caller)).collections:
            (of,) = [of for of, collection_id in self.collections.items() if collection_id == one.id]
            assert who.may_see(self.gates[of])
            assert one.documents == sum(known.place == of for known in self._seen_by(who))

    @rule(who=identities, choice=choices)
    def ask_otherwise(self, who: Identity, choice: int) -> None:
        """A context for a model, why a document is not found, and the document itself."""
        self._count("context, why-not, document")
        caller, words = self.platform.caller(who), "stone of the wall"
        self._ask(who, self.platform.retrieval.assemble_context(caller, ContextRequest(query=words)), "")
        known = [*self.documents.values(), *self.gone]
        if not known:
            return
        one = known[choice % len(known)]
        why = WhyNotRequest(query=words, document_id=one.document_id)
        self._ask(who, self.platform.retrieval.why_not(caller, why), one.document_id)
        self._ask(who, self.platform.ingestion.get_document(caller, one.document_id), one.document_id)
        self._ask(who, self.platform.ingestion.get_text(caller, one.document_id), one.document_id)

    # helpers

    def _ask(self, who: Identity, asked: Awaitable[Any], said: str) -> Any:
        """The answer, None for a refusal. Neither may tell of what the asker may not see, beyond what they ``said``."""
        self.platform.spans.clear()
        try:
            answer = self.run(asked)
            told = answer.model_dump_json()
        except RagstoneError as error:
            if error.status >= 500:
                raise
            answer, told = None, f"{error.code} {error.detail}"
        spans = " ".join(span.to_json() for span in self.platform.spans.get_finished_spans())
        seen = {one.document_id for one in self._seen_by(who)}
        for one in [*self.documents.values(), *self.gone]:
            if one.document_id not in seen:
                for word in (one.document_id, one.secret):
                    assert word in said or word not in told, f"{who} was told of {one}"
                    assert word in said or word not in spans, f"a trace of {who} tells of {one}"
        return answer

    def _change(self, one: Known, change: DocumentUpdate) -> None:
        caller = self._root(one.place[0])
        changed = self.run(self.platform.ingestion.change_document(caller, one.document_id, change))
        self.settled = self.settled and changed.complete

    def _root(self, tenant: str) -> Caller:
        """Whom every access list names, so that there is somebody who may change everything."""
        return self.platform.caller(Identity(tenant=tenant, user="root"))

    def _seen_by(self, who: Identity) -> list[Known]:
        return [one for one in self.documents.values() if self._sees(who, one)]

    def _sees(self, who: Identity, one: Known) -> bool:
        gate = self.gates[one.place]
        return who.tenant == one.place[0] and who.may_see(gate) and who.may_see(gate if one.acl is None else one.acl)

    def _choose(self, choice: int) -> Known:
        return self.documents[sorted(self.documents)[choice % len(self.documents)]]

    def _any_secret(self, choice: int) -> str:
        known = [*self.documents.values(), *self.gone]
        return known[choice % len(known)].secret if known else ""

    def _count(self, what: str) -> None:
        self.executed[what] += 1


def _meets(wanted: dict[str, Any] | None, year: int) -> bool:
    match wanted:
        case None:
            return True
        case {"year": {"gte": int(bound)}}:
            return year >= bound
        case {"year": int(exact)}:
            return year == exact
        case {"$not": {"year": int(exact)}}:
            return year != exact
        case {"$or": [{"year": int(exact)}, {"year": {"lt": int(bound)}}]}:
            return year == exact or year < bound
    raise AssertionError(wanted)


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
