"""The internal API, a router for each kind of thing it is about."""

from ragstone_ingestion.endpoints import collections, documents

ROUTERS = [collections.router, documents.router]
