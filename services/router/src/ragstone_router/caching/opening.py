"""The store of answers that the settings describe."""

from importlib import import_module

from ragstone_router.caching.memory import InMemoryAnswerStore
from ragstone_router.caching.port import AnswerStore
from ragstone_router.settings import RouterSettings


def open_answers(settings: RouterSettings) -> AnswerStore:
    """Connects on first use."""
    if settings.redis_url is None:
        return InMemoryAnswerStore(settings.cache_bytes)
    # Only a cluster has the package.
    module = import_module("ragstone_router.caching.redis")
    store: AnswerStore = module.RedisAnswerStore(settings.redis_url, settings.cache_bytes)
    return store
