"""What a deployment costs and can do: as the routes file says, else as the price table does, else unknown."""

from dataclasses import dataclass

from ragstone_router.price import FREE, Price
from ragstone_router.prices.table import Listed, PriceConfig, PriceTable
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.routing.deployment import CAPABILITIES
from ragstone_router.routing.file import DeploymentConfig

ROUTES_FILE, OURS, UNKNOWN = "the routes file", "a model of our own", "unknown"


@dataclass(frozen=True)
class Terms:
    """``source`` says who says the price, with the date where there is one."""

    price: Price | None
    source: str
    context: int | None
    capabilities: frozenset[str]


def terms_of(config: DeploymentConfig, provider: ProviderConfig | None, table: PriceTable) -> Terms:
    """``provider`` is what the file says of its provider; None for our own inference.

    What the shipped table says is true at the vendor's own address alone.
    """
    listed = table.find(provider.kind, config.model) if provider else None
    if listed and listed.is_shipped and provider and provider.url is not None:
        listed = None
    price, source = (FREE, OURS) if provider is None and config.price is None else _price(config, listed)
    said = config.model_fields_set
    context = listed.context if listed and "context" not in said else config.context
    capabilities = frozenset(config.capabilities)
    if listed and "capabilities" not in said:
        capabilities = CAPABILITIES - listed.lacks
    return Terms(price, source, context, capabilities)


def _price(config: DeploymentConfig, listed: Listed | None) -> tuple[Price | None, str]:
    if isinstance(config.price, PriceConfig):
        return config.price.price(), ROUTES_FILE
    if config.price == "free":
        return FREE, ROUTES_FILE
    return (listed.price, listed.source) if listed else (None, UNKNOWN)
