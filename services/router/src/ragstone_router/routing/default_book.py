"""The routes a deployment has without a file of its own: inference's models, and a writer outside if there is one."""

from ragstone_contracts.models import EXTRACTIVE, LOCAL_WRITER, WRITER
from ragstone_kit.transport import AiohttpTransport, Transport
from ragstone_router.price import Price
from ragstone_router.providers.openai_wire import OpenAIWire
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route
from ragstone_router.settings import RouterSettings

_CONNECTIONS = 4096
"""Streams are held open: how many there may be is for limits to say, and not for a queue that nobody sees."""


def default_book(settings: RouterSettings, inference: Transport | None = None) -> RouteBook:
    """``inference`` is how that service is reached, over its URL by default."""
    ours = OpenAIWire(inference or AiohttpTransport(settings.inference_url), path="/v1", is_ours=True)
    names = [LOCAL_WRITER, EXTRACTIVE] if settings.local_writer else [EXTRACTIVE]
    own = {name: Deployment(name, ours, name, timeout=settings.timeout) for name in names}
    external = _external(settings)
    routes = {name: Route(name, [deployment]) for name, deployment in own.items()}
    routes[WRITER] = Route(WRITER, [*external, *own.values()])
    return RouteBook(ours, routes, [ours, *(one.provider for one in external)], external, timeout=settings.timeout)


def _external(settings: RouterSettings) -> tuple[Deployment, ...]:
    if settings.writer is None:
        return ()
    key = settings.writer_key
    headers = {} if key is None else {"authorization": f"Bearer {key.get_secret_value()}"}
    price = None
    if settings.writer_price_input is not None and settings.writer_price_output is not None:
        price = Price(settings.writer_price_input, settings.writer_price_output)
    provider = OpenAIWire(AiohttpTransport(settings.writer, connections=_CONNECTIONS), headers=headers)
    timeout, source = settings.timeout, "the settings"
    return (Deployment("writer", provider, settings.writer_model, price, timeout=timeout, price_source=source),)
