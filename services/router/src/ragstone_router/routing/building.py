"""From the routes file to the routes."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragstone_router.ask import CHAT, EMBED, RERANK
from ragstone_router.limits.rules import Rules
from ragstone_router.prices.table import PriceTable
from ragstone_router.prices.terms import terms_of
from ragstone_router.providers.opening import ProviderConfig, open_provider
from ragstone_router.providers.port import Provider
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.file import DeploymentConfig, RouteConfig, RoutesFile, ShareConfig
from ragstone_router.routing.hedging import Hedge
from ragstone_router.routing.policies import POLICIES
from ragstone_router.routing.route import Route, Share
from ragstone_router.routing.sticky import Sticky

OWN = "ragstone"
"""The provider that is always there: the inference service."""

_PATHS = {"chat": CHAT, "embeddings": EMBED, "rerank": RERANK}


@dataclass(frozen=True)
class _Offers:
    """The providers by name, what the file says of them, and what their models cost."""

    opened: Mapping[str, Provider]
    said: Mapping[str, ProviderConfig]
    table: PriceTable


def with_routes(book: RouteBook, file: RoutesFile, table: PriceTable) -> RouteBook:
    """The book with the file's routes in it, which win over those of the same name; it closes the file's providers.

    Connects to nobody.
    """
    opened = {name: open_provider(config) for name, config in file.providers.items()}
    offers = _Offers({OWN: book.inference, **opened}, file.providers, table)
    routes = {name: _route(name, config, offers) for name, config in file.models.items()}
    rules = Rules([rule for limit in file.limits for rule in limit.rules()])
    everything = {**book.routes, **routes}
    return RouteBook(book.inference, everything, list(opened.values()), book.by_listing, rules, book.timeout)


def _route(name: str, config: RouteConfig, offers: _Offers) -> Route:
    return Route(
        name,
        [_deployment(one, offers) for one in config.deployments],
        Sticky() if config.policy == "sticky" else POLICIES[config.policy],
        config.least_quality,
        _share(config.canary, offers),
        _share(config.shadow, offers),
        config.cache,
        _PATHS[config.type],
        config.dimensions,
        None if config.hedge is None else Hedge(config.hedge.after_seconds, config.hedge.percentile),
    )


def _share(config: ShareConfig | None, offers: _Offers) -> Share | None:
    if config is None:
        return None
    return Share(_deployment(config.deployment, offers), config.percent, config.header)


def _deployment(config: DeploymentConfig, offers: _Offers) -> Deployment:
    terms = terms_of(config, offers.said.get(config.provider), offers.table)
    return Deployment(
        config.called,
        offers.opened[config.provider],
        config.model,
        terms.price,
        terms.context,
        terms.capabilities,
        config.quality,
        config.priority,
        config.weight,
        config.concurrent,
        config.timeout,
        price_source=terms.source,
    )
