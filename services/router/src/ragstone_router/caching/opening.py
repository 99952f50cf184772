"""The store of answers that the settings describe."""

from ragstone_router.adapters import adapter
from ragstone_router.caching.memory import InMemoryAnswerStore
from ragstone_router.caching.port import AnswerStore
from ragstone_router.settings import RouterSettings

GROUP = "ragstone.answer_stores"


def open_answers(settings: RouterSettings) -> AnswerStore:
    """Connects on first use. Raises InvalidRequest for a store there is not."""
    if settings.redis_url is None:
        return InMemoryAnswerStore(settings.cache_bytes)
    store: AnswerStore = adapter(GROUP, settings.redis_url)(settings.redis_url, settings.cache_bytes)
    return store
