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

    def mint(self, identity: Identity) -> Caller:
        claims = identity.model_dump(exclude_none=True) | {"aud": _AUDIENCE, "exp": time.time() + self._lifetime}
        return Caller(identity, jwt.encode(claims, self._secret, _ALGORITHM))

    def verify(self, token: str) -> Caller:
        """The caller a token names. Raises Unauthenticated when it is forged, expired or of another audience."""
        try:
            claims = jwt.decode(
                token, self._secret, [_ALGORITHM], audience=_AUDIENCE, options={"require": ["exp", "aud"]}
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated("the internal identity token is not valid") from error
        del claims["aud"], claims["exp"]
        return Caller(Identity.model_validate(claims), token)
