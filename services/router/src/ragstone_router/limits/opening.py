"""The accounts that the settings describe."""

from ragstone_kit.database import Database
from ragstone_router.adapters import adapter
from ragstone_router.limits.accounts import Accounts
from ragstone_router.limits.ledger import Ledger
from ragstone_router.limits.memory import InMemoryLimitStore
from ragstone_router.limits.port import LimitStore
from ragstone_router.settings import RouterSettings

GROUP = "ragstone.limit_stores"


def open_accounts(settings: RouterSettings, database: Database | None) -> Accounts:
    """Connects on first use; the database is closed with them. Raises InvalidRequest for a store there is not."""
    url = settings.redis_url
    store: LimitStore = InMemoryLimitStore() if url is None else adapter(GROUP, url)(url)
    return Accounts(store, Ledger(database), settings.reservation_seconds)
