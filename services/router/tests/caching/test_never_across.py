"""Whatever is asked by whomever in whichever order: an answer is given to those alone it was written for."""

import asyncio
from dataclasses import dataclass, replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.router.tests.routing.conftest import Nobody
from starlette.types import Message, Send

from ragstone_contracts.identity import Identity
from ragstone_contracts.models import INDEX_VERSION_HEADER
from ragstone_kit.identity import Caller
from ragstone_router.ask import CHAT, Ask
from ragstone_router.caching.config import CacheConfig, ExactConfig
from ragstone_router.caching.keys import key_of, question_of
from ragstone_router.caching.memory import InMemoryAnswerStore
from ragstone_router.caching.serving import AnswerCache
from ragstone_router.limits.accounts import Accounts
from ragstone_router.limits.ledger import Ledger
from ragstone_router.limits.memory import InMemoryLimitStore
from ragstone_router.proxied_response import send_body, send_head
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route

pytestmark = pytest.mark.requirement("RTR-7")

CONFIG = CacheConfig(exact=ExactConfig(seconds=60))


@dataclass(frozen=True)
class Whose:
    """All that an answer belongs to."""

    tenant: str
    groups: frozenset[str]
    model: str
    index: str
    question: str

    def ask(self, user: str = "ann") -> Ask:
        identity = Identity(tenant=self.tenant, user=user, groups=sorted(self.groups))
        body = {
            "model": self.model,
            "temperature": 0,
            "user": user,
            "messages": [{"role": "user", "content": self.question}],
        }
        return Ask(Caller(identity, ""), CHAT, body, {INDEX_VERSION_HEADER: self.index} if self.index else {})

    def route(self) -> Route:
        return Route(self.model, [Deployment(self.model, Nobody(), self.model)], cache=CONFIG)


few = st.sampled_from(["", "a", "b", "ab", "a,b", '"a"'])
whose = st.builds(Whose, few, st.frozensets(few, max_size=3), few, few, few)


@given(whose, whose, st.sampled_from(["ann", "bob"]))
def test_two_requests_are_the_same_exactly_when_everything_they_belong_to_is(
    one: Whose, other: Whose, user: str
) -> None:
    same = key_of(one.ask(), one.route(), CONFIG) == key_of(other.ask(user), other.route(), CONFIG)
    assert same == (one == other)


@given(whose, whose)
def test_questions_are_compared_only_when_everything_else_is_the_same(one: Whose, other: Whose) -> None:
    asked, also = (replace(each, question=each.question + "?") for each in (one, other))
    found, too = question_of(asked.ask(), asked.route(), CONFIG), question_of(also.ask(), also.route(), CONFIG)

    assert found is not None
    assert too is not None
    assert (found.space == too.space) == (replace(asked, question="") == replace(also, question=""))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(whose, st.sampled_from(["ann", "bob"]), st.booleans()), max_size=30))
def test_nobody_is_ever_given_what_was_written_for_others(asked: list[tuple[Whose, str, bool]]) -> None:
    asyncio.run(_ask_all(asked))


async def _ask_all(asked: list[tuple[Whose, str, bool]]) -> None:
    accounts = Accounts(InMemoryLimitStore(), Ledger(None), 600)
    cache = AnswerCache(InMemoryAnswerStore(2**20), accounts)
    book = RouteBook(Nobody(), {}, [])

    async def one(belongs: Whose, user: str, streams: bool) -> None:
        body = bytearray()

        async def produce(send: Send) -> None:
            message = {"role": "assistant", "content": repr(belongs)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            await send_head(send, {"content-type": "application/json"})
            await asyncio.sleep(0)
            await send_body(send, orjson.dumps({"choices": [choice]}), more=False)

        async def listen(message: Message) -> None:
            body.extend(message.get("body", b""))

        ask = belongs.ask(user)
        asks = replace(ask, body={**ask.body, "stream": streams})
        await cache.serve(book, belongs.route(), asks, listen, produce)
        assert orjson.dumps(repr(belongs)) in bytes(body)

    for belongs, user, streams in asked[::2]:
        await one(belongs, user, streams)
    await asyncio.gather(*(one(*each) for each in asked))
