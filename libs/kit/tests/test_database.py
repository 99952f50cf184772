import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, inspect, select

from ragstone_contracts.errors import Unavailable
from ragstone_kit.database import Database

metadata = MetaData()
_rows = Table("rows", metadata, Column("id", Integer, primary_key=True))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/test.db"


async def _count(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(_rows))).scalar_one()


async def test_a_block_that_raises_leaves_nothing_behind(url: str) -> None:
    database = Database(url)
    await database.create_tables(metadata)
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await connection.execute(insert(_rows).values(id=1))
            raise RuntimeError
    assert await _count(database) == 0
    await database.close()


async def test_two_processes_may_write_and_create_tables_at_once(url: str) -> None:
    databases = [Database(url), Database(url)]
    await asyncio.gather(*(database.create_tables(metadata) for database in databases))

    async def add(number: int) -> None:
        async with databases[number % 2].write() as connection:
            await connection.execute(select(func.count()).select_from(_rows))
            await connection.execute(insert(_rows).values(id=number))

    await asyncio.gather(*(add(number) for number in range(40)))
    assert await _count(databases[0]) == 40
    for database in databases:
        await database.close()


async def test_a_database_that_is_away_is_unavailable_and_not_a_bug(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/test.db")
    with pytest.raises(Unavailable):
        await database.ping()
    await database.close()


async def test_a_task_cancelled_anywhere_in_a_transaction_leaves_no_lock_behind(url: str) -> None:
    database = Database(url)
    await database.create_tables(metadata)

    async def write() -> None:
        while True:
            async with database.write() as connection:
                await connection.execute(insert(_rows))
                await connection.execute(select(_rows))

    for turn in range(60):
        tasks = [asyncio.create_task(write()) for _ in range(2)]
        await asyncio.sleep(turn / 5_000)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10), database.write() as connection:
            await connection.execute(insert(_rows))
    await database.close()


@pytest.mark.parametrize("turn", range(30))
def test_the_loop_may_end_right_after_a_database_is_closed_whose_tasks_were_cancelled(url: str, turn: int) -> None:
    async def use() -> None:
        database = Database(url)

        async def read() -> None:
            async with database.read() as connection:
                await connection.exec_driver_sql("SELECT 1")

        tasks = [asyncio.create_task(read()) for _ in range(3)]
        for _ in range(turn):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()

    asyncio.run(use())


async def test_a_database_of_an_older_release_gets_the_new_columns_and_indexes(url: str) -> None:
    older, newer = MetaData(), MetaData()
    Table("things", older, Column("id", Integer, primary_key=True))
    things = Table(
        "things",
        newer,
        Column("id", Integer, primary_key=True),
        Column("order", Integer, nullable=False, server_default="7", index=True),
    )
    database = Database(url)
    await database.create_tables(older)
    async with database.write() as connection:
        await connection.exec_driver_sql("INSERT INTO things (id) VALUES (1)")
    for _ in range(2):
        await database.create_tables(newer)
    async with database.read() as connection:
        assert (await connection.execute(select(things.c.order))).scalars().all() == [7]
        indexes = await connection.run_sync(lambda one: inspect(one).get_indexes("things"))
    assert [index["name"] for index in indexes] == ["ix_things_order"]
    await database.close()
