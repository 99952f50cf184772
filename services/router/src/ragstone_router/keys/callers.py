"""Who calls: the bearer of a virtual key, or of an internal identity token."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragstone_contracts.errors import Forbidden, Unauthenticated
from ragstone_contracts.identity import Identity
from ragstone_contracts.keys import Key
from ragstone_kit.api_keys import key_digest
from ragstone_kit.bounds import BUDGET_HEADER, DEADLINE_HEADER, bounded
from ragstone_kit.caller import bearer_token
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_router.keys.store import PREFIX, KeyStore
from ragstone_router.limits.rules import Rule, rules_of

ADMIN = "admin"
"""The scope of those who issue and withdraw keys of their tenant."""
_FRESH_SECONDS = 2.0
"""For so long at most a key that was withdrawn is still good."""
_REMEMBERED = 10_000


class ModelNotAllowed(Forbidden):
    code, title = "model_not_allowed", "The key may not ask for this model"


@dataclass(frozen=True)
class KeyHolder(Caller):
    """The bearer of a virtual key, and the rules that came with it."""

    key: Key
    rules: Sequence[Rule]


def own_rules(caller: Caller) -> Sequence[Rule]:
    """Those that came with the caller's key."""
    return caller.rules if isinstance(caller, KeyHolder) else ()


def may_ask_for(caller: Caller, model: str) -> bool:
    return not isinstance(caller, KeyHolder) or caller.key.models is None or model in caller.key.models


def check_model(caller: Caller, model: str) -> None:
    """Raises ModelNotAllowed."""
    if not may_ask_for(caller, model):
        raise ModelNotAllowed(f"the key may not ask for {model!r}")


class Callers:
    """Verifies bearers. What the store said of a key is believed for two seconds, by all requests of that time."""

    def __init__(
        self, tokens: IdentityTokens, store: KeyStore | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tokens = tokens
        self._store = store
        self._clock = clock
        self._known: dict[str, tuple[asyncio.Future[KeyHolder | None], float]] = {}

    async def of(self, headers: Mapping[str, str]) -> Caller:
        """``headers`` have names in lower case. Raises Unauthenticated; Unavailable when no key can be checked."""
        token = bearer_token(headers)
        if not token.startswith(PREFIX):
            return self._tokens.verify(token)
        holder = await self._holder(token)
        if holder is None or holder.key.disabled or _is_over(holder.key):
            raise Unauthenticated("the key is unknown, withdrawn or expired")
        return self._bounded(holder, headers)

    def _bounded(self, holder: KeyHolder, headers: Mapping[str, str]) -> KeyHolder:
        """The holder within the bounds of this one request, if it has any."""
        if BUDGET_HEADER not in headers and DEADLINE_HEADER not in headers:
            return holder
        return self._minted(bounded(holder.identity, headers), holder.key)

    async def _holder(self, key: str) -> KeyHolder | None:
        digest, now = key_digest(key), self._clock()
        asked, fresh_until = self._known.get(digest, (None, 0.0))
        if asked is None or fresh_until <= now:
            asked = asyncio.ensure_future(self._look_up(digest))
            self._remember(digest, asked, now + _FRESH_SECONDS)
        # It is asked once for all requests that wait: one that is cancelled leaves it to the others.
        return await asyncio.shield(asked)

    def _remember(self, digest: str, asked: "asyncio.Future[KeyHolder | None]", until: float) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[digest] = asked, until

    async def _look_up(self, digest: str) -> KeyHolder | None:
        try:
            key = None if self._store is None else await self._store.find(digest)
        except BaseException:
            self._known.pop(digest, None)
            raise
        return None if key is None else self._minted(_identity(key), key)

    def _minted(self, identity: Identity, key: Key) -> KeyHolder:
        """With an internal token, which our own inference asks for."""
        return KeyHolder(identity, self._tokens.mint(identity).token, key, rules_of(key.limits, "key", key.id))


def _identity(key: Key) -> Identity:
    scopes = [ADMIN] if key.admin else []
    return Identity(tenant=key.tenant, user=key.user, groups=key.groups, scopes=scopes, key=key.id)


def _is_over(key: Key) -> bool:
    return key.expires_at is not None and key.expires_at <= time.time()
