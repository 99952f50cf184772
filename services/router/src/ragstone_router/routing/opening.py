"""The routes that the settings describe."""

from ragstone_router.prices.table import open_table
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.building import with_routes
from ragstone_router.routing.file import read_routes
from ragstone_router.settings import RouterSettings


def open_routes(base: RouteBook, settings: RouterSettings) -> RouteBook:
    """The base, with the routes file's in it if there is one. Raises InvalidRequest."""
    if settings.routes is None:
        return base
    return with_routes(base, read_routes(settings.routes, settings.environment), open_table(settings.prices))
