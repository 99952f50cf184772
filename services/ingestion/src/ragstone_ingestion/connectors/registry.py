"""Which source reads which kind of connector, from the entry points of every installed package."""

from importlib.metadata import entry_points
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.connectors.port import Source, SourceContext, SourceFactory

GROUP = "ragstone.connectors"
Config = TypeVar("Config", bound=BaseModel)


def kinds() -> list[str]:
    return sorted(point.name for point in entry_points(group=GROUP))


def open_source(kind: str, config: dict[str, Any], context: SourceContext) -> Source:
    """The source a connector reads; nothing is connected yet. Raises as SourceFactory; InvalidRequest for no kind."""
    found = entry_points(group=GROUP, name=kind)
    if not found:
        raise InvalidRequest(f"there is no connector of kind {kind!r}; there are: {', '.join(kinds())}")
    factory: SourceFactory = next(iter(found)).load()
    return factory(config, context)


def checked_config(model: type[Config], config: dict[str, Any]) -> Config:
    """The configuration as its model. Raises InvalidRequest, which repeats none of the values."""
    try:
        return model.model_validate(config)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
        raise InvalidRequest("the connector's configuration is not valid: " + "; ".join(wrong)) from error
