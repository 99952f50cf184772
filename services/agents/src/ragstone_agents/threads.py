"""Threads: the earlier turns of a conversation, seen by the user who had it and by nobody else."""

import time
from dataclasses import dataclass

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text, insert, select

from ragstone_contracts.identity import Identity
from ragstone_kit.database import Database

metadata = MetaData()
_turns = Table(
    "agents_turns",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", String(200), nullable=False),
    Column("user", String(200), nullable=False),
    Column("thread_id", String(100), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("agents_turns_of_a_thread", "tenant", "user", "thread_id", "id"),
)


@dataclass(frozen=True)
class Turn:
    """``question`` as it was understood, which is to say on its own."""

    question: str
    answer: str


class Threads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_tables(self) -> None:
        await self._database.create_tables(metadata)

    async def recent(self, identity: Identity, thread_id: str, limit: int) -> list[Turn]:
        """The last turns of a thread of this very user, oldest first; none for anybody else's."""
        mine = select(_turns.c.question, _turns.c.answer).where(
            _turns.c.tenant == identity.tenant, _turns.c.user == identity.user, _turns.c.thread_id == thread_id
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(mine.order_by(_turns.c.id.desc()).limit(limit))).all()
        return [Turn(row.question, row.answer) for row in reversed(rows)]

    async def add(self, identity: Identity, thread_id: str, turn: Turn) -> None:
        row = {
            "tenant": identity.tenant,
            "user": identity.user,
            "thread_id": thread_id,
            "question": turn.question,
            "answer": turn.answer,
            "created_at": time.time(),
        }
        async with self._database.write() as connection:
            await connection.execute(insert(_turns).values(row))
