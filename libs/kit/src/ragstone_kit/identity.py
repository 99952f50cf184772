"""Internal identity: a short-lived signed token that every hop verifies."""

import time
from dataclasses import dataclass

import jwt
from pydantic import SecretStr

from ragstone_contracts.errors import Unauthenticated
from ragstone_contracts.identity import Identity

_ALGORITHM = "HS256"
_AUDIENCE = "ragstone-internal"
_SHORTEST_SECRET = 32
_REMEMBERED = 1024
"""Tokens found good lately: checking a signature anew costs more than forwarding the request it came with."""


@dataclass(frozen=True)
class Caller:
    """A verified identity with the token that proves it to the next service."""

    identity: Identity
    token: str

    def seconds_left(self) -> float | None:
        """Seconds until the caller's deadline, or None without one."""
        return None if self.identity.deadline is None else self.identity.deadline - time.time()


class IdentityTokens:
    """Mints and verifies internal tokens with one shared secret. A token lives ``lifetime`` seconds."""

    def __init__(self, secret: SecretStr, lifetime: float = 900.0) -> None:
        if len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"the internal secret needs at least {_SHORTEST_SECRET} characters")
        self._secret = secret.get_secret_value()
        self._lifetime = lifetime
        self._verified: dict[str, tuple[Caller, float]] = {}

    def mint(self, identity: Identity) -> Caller:
        claims = identity.model_dump(exclude_none=True) | {"aud": _AUDIENCE, "exp": time.time() + self._lifetime}
        return Caller(identity, jwt.encode(claims, self._secret, _ALGORITHM))

    def verify(self, token: str) -> Caller:
        """The caller a token names. Raises Unauthenticated when it is forged, expired or of another audience."""
        caller, expires = self._verified.get(token, (None, 0.0))
        if caller is None or expires <= time.time():
            caller, expires = self._decoded(token)
            self._remember(caller, expires)
        return caller

    def _remember(self, caller: Caller, expires: float) -> None:
        if len(self._verified) >= _REMEMBERED:
            self._verified.pop(next(iter(self._verified)))
        self._verified[caller.token] = caller, expires

    def _decoded(self, token: str) -> tuple[Caller, float]:
        """The caller, and the Unix time from which the token is of no use."""
        try:
            claims = jwt.decode(
                token, self._secret, [_ALGORITHM], audience=_AUDIENCE, options={"require": ["exp", "aud"]}
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated("the internal identity token is not valid") from error
        expires = int(claims.pop("exp"))
        del claims["aud"]
        return Caller(Identity.model_validate(claims), token), expires
