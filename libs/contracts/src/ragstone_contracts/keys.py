"""Virtual keys: what the router issues to those who call it directly."""

from pydantic import Field

from ragstone_contracts.model import Wire
from ragstone_contracts.usage import Allowance


class KeyTerms(Wire):
    """``name`` is for people. ``user`` is who the key speaks for; whoever issues it by default.

    ``models`` are those that may be asked for, None for all. ``limits`` are the key's own, besides those of its user
    and tenant. An ``admin`` key issues and withdraws keys of its tenant. ``expires_at`` in Unix seconds.
    """

    name: str = Field(min_length=1, max_length=200)
    user: str | None = Field(default=None, min_length=1, max_length=200)
    groups: list[str] = []
    models: list[str] | None = None
    limits: Allowance = Allowance()
    admin: bool = False
    expires_at: float | None = None


class Key(KeyTerms):
    """A key without its secret."""

    id: str
    tenant: str
    user: str
    created_at: float
    disabled: bool = False


class IssuedKey(Key):
    """``key`` is shown this once."""

    key: str


class KeyChange(Wire):
    disabled: bool


class KeyList(Wire):
    keys: list[Key]
