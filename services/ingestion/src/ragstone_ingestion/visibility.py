"""Who may see a row: the one place where a tenant and an ACL become a condition of a query."""

from sqlalchemy import ColumnElement, Table, exists, func, select

from ragstone_contracts.identity import Identity


def visible(table: Table, identity: Identity, *, is_sqlite: bool) -> ColumnElement[bool]:
    """True for living rows of the identity's tenant whose ACL names one of its principals."""
    return admitted(table, identity, is_sqlite=is_sqlite) & ~table.c.deleted


def admitted(table: Table, identity: Identity, *, is_sqlite: bool) -> ColumnElement[bool]:
    """The same for rows that may be hidden already."""
    elements = func.json_each if is_sqlite else func.json_array_elements_text
    entry = elements(table.c.acl).table_valued("value")
    named = exists(select(1).select_from(entry).where(entry.c.value.in_(identity.principals)))
    return (table.c.tenant == identity.tenant) & named
