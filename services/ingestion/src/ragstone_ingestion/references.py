"""Which rows and objects belong to a document."""

from typing import Any

from sqlalchemy import Column, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.tables import changes, documents, jobs, metadata, versions


def reference(table: Table, parent: Table) -> "Column[Any] | None":
    """The column by which rows belong to one of ``parent``: a foreign key, or one of the two that are not declared."""
    for column in table.columns:
        undeclared = parent is documents and table in (jobs, changes) and column.name == "document_id"
        if undeclared or column.references(parent.c.id):
            return column
    return None


def tables_of_documents() -> "dict[Table, Column[Any]]":
    """Every table that holds something of a document, with the column of its id; what refers to others comes first."""
    columns = {table: reference(table, documents) for table in reversed(metadata.sorted_tables)}
    return {table: column for table, column in (columns | {documents: documents.c.id}).items() if column is not None}


async def keys_of(connection: AsyncConnection, document_id: str) -> list[str]:
    """The keys of all objects a document may have in the object store."""
    wanted = select(versions.c.original_key, versions.c.parsed_key).where(versions.c.document_id == document_id)
    return list({key for row in await connection.execute(wanted) for key in row})


async def is_used(connection: AsyncConnection, key: str, *, besides: str | None = None) -> bool:
    """Whether a document, or one besides that one, has the object."""
    uses = (versions.c.original_key == key) | (versions.c.parsed_key == key)
    if besides is not None:
        uses &= versions.c.document_id != besides
    return bool(await connection.scalar(select(func.count()).select_from(versions).where(uses)))
