"""Where keys are kept: only the hash of each."""

import time
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    MetaData,
    RowMapping,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from ragstone_contracts.errors import NotFound, Unavailable
from ragstone_contracts.keys import IssuedKey, Key, KeyTerms
from ragstone_kit.api_keys import key_digest, new_key
from ragstone_kit.database import Database

PREFIX = "rk-"

metadata = MetaData()

_keys = Table(
    "virtual_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("tenant", String, nullable=False, index=True),
    Column("user", String, nullable=False),
    Column("name", String, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("models", JSON(none_as_null=True)),
    Column("limits", JSON, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("disabled", Boolean, nullable=False),
)
_SHOWN = [column for column in _keys.c if column.name != "digest"]


class KeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> None:
        await self._database.create_tables(metadata)

    async def issue(self, tenant: str, user: str, terms: KeyTerms) -> IssuedKey:
        """A new key of the tenant, for ``terms.user`` or else ``user``."""
        row = terms.model_dump() | {"id": uuid.uuid4().hex, "tenant": tenant, "user": terms.user or user}
        issued = IssuedKey(**row, created_at=time.time(), key=new_key(PREFIX))
        stored = issued.model_dump(exclude={"key"}) | {"digest": key_digest(issued.key)}
        async with self._database.write() as connection:
            await connection.execute(insert(_keys).values(stored))
        return issued

    async def find(self, digest: str) -> Key | None:
        """Raises Unavailable when the database does not answer."""
        try:
            found = await self._all(select(*_SHOWN).where(_keys.c.digest == digest))
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("the key cannot be checked: the database does not answer") from error
        return found[0] if found else None

    async def of_tenant(self, tenant: str) -> list[Key]:
        """The oldest first."""
        return await self._all(select(*_SHOWN).where(_keys.c.tenant == tenant).order_by(_keys.c.created_at))

    async def disable(self, tenant: str, key_id: str, disabled: bool) -> Key:
        """Raises NotFound, also for a key of another tenant."""
        mine = (_keys.c.id == key_id, _keys.c.tenant == tenant)
        async with self._database.write() as connection:
            await connection.execute(update(_keys).where(*mine).values(disabled=disabled))
        found = await self._all(select(*_SHOWN).where(*mine))
        if not found:
            raise NotFound("there is no such key")
        return found[0]

    async def delete(self, tenant: str, key_id: str) -> None:
        """For good; what it used stays in the ledger. Raises NotFound."""
        async with self._database.write() as connection:
            gone = await connection.execute(delete(_keys).where(_keys.c.id == key_id, _keys.c.tenant == tenant))
        if not gone.rowcount:
            raise NotFound("there is no such key")

    async def _all(self, wanted: Select[Any]) -> list[Key]:
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [_key(row) for row in rows]


def _key(row: RowMapping) -> Key:
    return Key.model_validate(dict(row))
