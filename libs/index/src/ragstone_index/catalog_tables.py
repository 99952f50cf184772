"""What is kept beside a vector store, as tables that SQLite and Postgres both take."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

catalog = MetaData()

collections = Table(
    "catalog_collections",
    catalog,
    Column("collection", Text, primary_key=True),
    Column("dimensions", Integer, nullable=False),
)

chunks = Table(
    "catalog_chunks",
    catalog,
    Column("collection", Text, primary_key=True),
    Column("point", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("acl", Text, nullable=False),  # JSON
    Column("document_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("born", BigInteger, nullable=False),
    Column("died", BigInteger, nullable=False),
    Column("dense", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # bytes, because Postgres refuses some texts
    Index("catalog_chunks_by_document", "collection", "document_id", "version"),
    Index("catalog_chunks_by_tenant", "collection", "tenant"),
)
"""``point`` is the name of the chunk in the vector store."""


def _of_a_chunk() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["collection", "point"], [chunks.c.collection, chunks.c.point], ondelete="CASCADE")


values = Table(
    "catalog_values",
    catalog,
    Column("id", Integer, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text),
    Column("number", Float),
    _of_a_chunk(),
    Index("catalog_values_by_point", "collection", "point", "name"),
)
"""What filters look up: principals (``acl``), ``facet``, measures and texts by the name of the field."""

terms = Table(
    "catalog_terms",
    catalog,
    Column("collection", Text, primary_key=True),
    Column("tenant", Text, primary_key=True),
    Column("term", BigInteger, primary_key=True),
    Column("point", Text, primary_key=True),
    Column("weight", Float, nullable=False),
    _of_a_chunk(),
    Index("catalog_terms_by_point", "collection", "point"),
)
