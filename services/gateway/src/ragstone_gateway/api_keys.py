"""API keys: who a key speaks for. Only the hash of a key is stored."""

import time
import uuid
from dataclasses import dataclass

from sqlalchemy import JSON, Column, Float, MetaData, String, Table, insert, select, update

from ragstone_contracts.errors import Unauthenticated
from ragstone_contracts.identity import Identity
from ragstone_kit.api_keys import key_digest, new_key
from ragstone_kit.database import Database

READ, WRITE = "read", "write"
SCOPES = [READ, WRITE]

metadata = MetaData()

_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("tenant", String, nullable=False),
    Column("user", String, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)


@dataclass(frozen=True)
class NewKey:
    """``key`` is shown once, to whoever made it."""

    id: str
    key: str


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, identity: Identity, key: str | None = None) -> NewKey:
        """Store a key for a tenant's user; ``key`` None makes a random one."""
        new = NewKey(uuid.uuid4().hex, key or new_key("rs_"))
        row = {
            "id": new.id,
            "digest": key_digest(new.key),
            "tenant": identity.tenant,
            "user": identity.user,
            "groups": identity.groups,
            "scopes": identity.scopes,
            "created_at": time.time(),
        }
        async with self._database.write() as connection:
            await connection.execute(insert(_keys).values(row))
        return new

    async def ensure(self, identity: Identity, key: str) -> None:
        """Make ``key`` speak for the identity unless it is known already."""
        known = select(_keys.c.id).where(_keys.c.digest == key_digest(key))
        async with self._database.read() as connection:
            found = await connection.scalar(known)
        if found is None:
            await self.create(identity, key)

    async def identify(self, key: str) -> Identity:
        """The identity a key speaks for. Raises Unauthenticated for an unknown or revoked key."""
        wanted = select(_keys).where(_keys.c.digest == key_digest(key), _keys.c.revoked_at.is_(None))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise Unauthenticated("the API key is unknown or revoked")
        return Identity(tenant=row.tenant, user=row.user, groups=row.groups, scopes=row.scopes, key=row.id)

    async def revoke(self, key_id: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(_keys).where(_keys.c.id == key_id).values(revoked_at=time.time()))
