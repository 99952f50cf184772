"""The accounts that the settings describe."""

from importlib import import_module

from ragstone_kit.database import Database
from ragstone_router.limits.accounts import Accounts
from ragstone_router.limits.ledger import Ledger
from ragstone_router.limits.memory import InMemoryLimitStore
from ragstone_router.limits.port import LimitStore
from ragstone_router.settings import RouterSettings


def open_accounts(settings: RouterSettings) -> Accounts:
    """Connects on first use."""
    database = None if settings.database_url is None else Database(settings.database_url)
    return Accounts(_open_store(settings.redis_url), Ledger(database))


def _open_store(redis_url: str | None) -> LimitStore:
    if redis_url is None:
        return InMemoryLimitStore()
    # Only a cluster has the package.
    store: LimitStore = import_module("ragstone_router.limits.redis").RedisLimitStore(redis_url)
    return store
