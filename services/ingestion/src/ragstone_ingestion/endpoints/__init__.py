"""The internal API, a router for each kind of thing it is about."""

from ragstone_ingestion.endpoints import collections, connectors, documents, jobs, maintenance

ROUTERS = [collections.router, connectors.router, documents.router, jobs.router, maintenance.router]
