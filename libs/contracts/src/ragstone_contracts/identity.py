"""Who is asking: what the gateway vouches for and every hop verifies."""

from ragstone_contracts.model import Wire

EVERYONE = "*"
"""The principal every member of a tenant holds; the default ACL is ``[EVERYONE]``."""


class Identity(Wire):
    """A verified caller. ``deadline`` is a Unix time in seconds; ``budget_usd`` bounds what this request may spend.

    ``key`` is the id of the API key that was shown, if it was one.
    """

    tenant: str
    user: str
    groups: list[str] = []
    scopes: list[str] = []
    key: str | None = None
    deadline: float | None = None
    budget_usd: float | None = None

    @property
    def principals(self) -> list[str]:
        """What an ACL entry can name this caller by: ``*``, ``user:ID`` and ``group:ID`` of each group."""
        return [EVERYONE, f"user:{self.user}", *(f"group:{group}" for group in self.groups)]

    def may_see(self, acl: list[str]) -> bool:
        """True when the ACL names one of the caller's principals."""
        return not set(acl).isdisjoint(self.principals)
