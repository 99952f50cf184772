"""The internal API, a router for each kind of thing it is about."""

from ragstone_ingestion.endpoints import (
    changes,
    collections,
    connectors,
    documents,
    history,
    jobs,
    maintenance,
    reindexing,
)

ROUTERS = [
    collections.router,
    changes.router,
    history.router,
    reindexing.router,
    connectors.router,
    documents.router,
    jobs.router,
    maintenance.router,
]
