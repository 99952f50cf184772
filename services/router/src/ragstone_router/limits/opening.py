"""The accounts that the settings describe."""

from collections.abc import Callable
from importlib.metadata import entry_points

from ragstone_contracts.errors import InvalidRequest
from ragstone_kit.database import Database
from ragstone_router.limits.accounts import Accounts
from ragstone_router.limits.ledger import Ledger
from ragstone_router.limits.memory import InMemoryLimitStore
from ragstone_router.limits.port import LimitStore
from ragstone_router.settings import RouterSettings

GROUP = "ragstone.limit_stores"


def open_accounts(settings: RouterSettings, database: Database | None) -> Accounts:
    """Connects on first use; the database is closed with them. Raises InvalidRequest for a store there is not."""
    return Accounts(_open_store(settings.redis_url), Ledger(database), settings.reservation_seconds)


def _open_store(url: str | None) -> LimitStore:
    """The store named before the colon of ``url``, from the entry points of group ``ragstone.limit_stores``.

    It is imported only now: what it needs is not part of the lean install.
    """
    if url is None:
        return InMemoryLimitStore()
    found = entry_points(group=GROUP, name=url.partition(":")[0])
    if not found:
        raise InvalidRequest(f"no store of limits is called as in '{url.partition(':')[0]}:'")
    opener: Callable[[str], LimitStore] = next(iter(found)).load()
    return opener(url)
