"""Which requests are the same: whose answer one may be given instead of its own."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ragstone_contracts.models import INDEX_VERSION_HEADER
from ragstone_router.ask import CHAT, Ask
from ragstone_router.caching.config import CacheConfig
from ragstone_router.routing.route import Route

_SAY_NOTHING_OF_THE_ANSWER = frozenset(
    """model stream stream_options user metadata store safety_identifier prompt_cache_key prompt_cache_retention
    service_tier""".split()  # noqa: SIM905
)
_TOOLS = ("tools", "functions", "tool_choice", "function_call")
_LONGEST_QUESTION = 500
_LAST_PARAGRAPH = re.compile(r"(?P<before>(?:.*\n\n)?(?:Question: )?)(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """``text`` is the last paragraph of the last user message; ``space`` names everything else a request consists of:
    only two questions of one space may be compared."""

    text: str
    space: str


def may_be_kept(ask: Ask, config: CacheConfig) -> bool:
    """Whether the same request would be answered the same, or its route does not mind."""
    if ask.path != CHAT:
        return True
    any_temperature = config.exact is not None and config.exact.any_temperature
    return any_temperature or ask.body.get("temperature") == 0


def key_of(ask: Ask, route: Route, config: CacheConfig) -> str:
    """The same for two requests exactly when one's answer is the other's."""
    return _digest([*_holder(ask, route, config), _canonical(ask.body)])


def question_of(ask: Ask, route: Route, config: CacheConfig) -> Question | None:
    """What a request asks, if that can be told from the rest of it; None too for one that may call tools."""
    messages = ask.body.get("messages")
    if ask.path != CHAT or not isinstance(messages, list) or any(ask.body.get(name) for name in _TOOLS):
        return None
    last = messages[-1]
    if not isinstance(last, Mapping) or last.get("role") != "user" or not isinstance(last.get("content"), str):
        return None
    found = _LAST_PARAGRAPH.fullmatch(last["content"].strip())
    if found is None or not 0 < len(text := found["text"]) <= _LONGEST_QUESTION:
        return None
    rest = {**_canonical(ask.body), "messages": [*messages[:-1], {**last, "content": found["before"]}]}
    return Question(text, _digest([*_holder(ask, route, config), rest]))


def _holder(ask: Ask, route: Route, config: CacheConfig) -> list[Any]:
    """Whose answer it is, from which models, over which state of the documents."""
    identity = ask.caller.identity
    user = identity.user if config.between == "user" else None
    deployments = sorted((one.name, one.model or "") for one in route.deployments)
    index = ask.headers.get(INDEX_VERSION_HEADER.lower(), "")
    return [identity.tenant, user, sorted(set(identity.groups)), ask.path, ask.wanted, deployments, index]


def _canonical(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _SAY_NOTHING_OF_THE_ANSWER}


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
