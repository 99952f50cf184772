"""From the routes file to the routes."""

from collections.abc import Mapping

from ragstone_router.limits.rules import Rules
from ragstone_router.price import FREE, Price
from ragstone_router.providers.opening import open_provider
from ragstone_router.providers.port import Provider
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.file import DeploymentConfig, PriceConfig, RouteConfig, RoutesFile, ShareConfig
from ragstone_router.routing.policies import POLICIES
from ragstone_router.routing.route import Route, Share

OWN = "ragstone"
"""The provider that is always there: the inference service."""


def with_routes(book: RouteBook, file: RoutesFile) -> RouteBook:
    """The book with the file's routes in it, which win over those of the same name; it closes the file's providers.

    Connects to nobody.
    """
    opened = {name: open_provider(config) for name, config in file.providers.items()}
    providers = {OWN: book.inference, **opened}
    routes = {name: _route(name, config, providers) for name, config in file.models.items()}
    rules = Rules([rule for limit in file.limits for rule in limit.rules()])
    everything = {**book.routes, **routes}
    return RouteBook(book.inference, everything, list(opened.values()), book.by_listing, rules, book.timeout)


def _route(name: str, config: RouteConfig, providers: Mapping[str, Provider]) -> Route:
    return Route(
        name,
        [_deployment(one, providers) for one in config.deployments],
        POLICIES[config.policy],
        config.least_quality,
        _share(config.canary, providers),
        _share(config.shadow, providers),
        config.cache,
    )


def _share(config: ShareConfig | None, providers: Mapping[str, Provider]) -> Share | None:
    if config is None:
        return None
    return Share(_deployment(config.deployment, providers), config.percent, config.header)


def _deployment(config: DeploymentConfig, providers: Mapping[str, Provider]) -> Deployment:
    return Deployment(
        config.called,
        providers[config.provider],
        config.model,
        _price(config),
        config.context,
        frozenset(config.capabilities),
        config.quality,
        config.priority,
        config.weight,
        config.concurrent,
        config.timeout,
    )


def _price(config: DeploymentConfig) -> Price | None:
    if isinstance(config.price, PriceConfig):
        return Price(config.price.input, config.price.output, config.price.cached)
    return FREE if config.price == "free" or config.provider == OWN else None
