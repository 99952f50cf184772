"""Prices by the kind of the provider and the name of the model, from a file with their source and date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.price import LongPrompt, Price, Rates


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RatesConfig(_Part):
    """USD per million tokens; an embedder's answers have none, so that their price is 0."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    written: float | None = Field(default=None, ge=0)

    def rates(self) -> Rates:
        return Rates(self.input, self.output, self.cached, self.written)


class LongConfig(RatesConfig):
    above: int = Field(ge=1)


class PriceConfig(RatesConfig):
    """A reranker may have ``search_unit`` alone, in USD for each."""

    input: float = Field(default=0.0, ge=0)
    output: float = Field(default=0.0, ge=0)
    long: LongConfig | None = None
    search_unit: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_said(self) -> "PriceConfig":
        if self.search_unit is None and not {"input", "output"} <= self.model_fields_set:
            raise ValueError("a price needs both input and output, or search_unit")
        return self

    def price(self) -> Price:
        long = LongPrompt(self.long.above, self.long.rates()) if self.long else None
        return Price(self.input, self.output, self.cached, self.written, long, self.search_unit)


class ModelConfig(PriceConfig):
    context: int | None = Field(default=None, ge=1)
    lacks: list[str] = []


class KindConfig(_Part):
    """``date`` is when the figures were true, as a year and month or a day."""

    source: str
    date: str
    models: dict[str, ModelConfig]


class TableFile(_Part):
    kinds: dict[str, KindConfig]


@dataclass(frozen=True)
class Listed:
    """What a table says of a model. ``source`` names who says it, with the date. ``lacks`` are capabilities."""

    kind: str
    model: str
    price: Price
    context: int | None
    lacks: frozenset[str]
    source: str
    is_shipped: bool


class PriceTable:
    def __init__(self, listed: Mapping[tuple[str, str], Listed]) -> None:
        self._listed = listed

    def __iter__(self) -> Iterator[Listed]:
        return iter(self._listed.values())

    def find(self, kind: str, model: str | None) -> Listed | None:
        """What is known of a model of exactly that name; None for one that is not in the table."""
        return None if model is None else self._listed.get((kind, model))

    def over(self, other: "PriceTable") -> "PriceTable":
        """This table's models, and those of the other that this one does not have."""
        return PriceTable({**other._listed, **self._listed})


def read_table(path: Path) -> PriceTable:
    """A user's own table. Raises InvalidRequest naming what is wrong."""
    try:
        return _parsed(path.read_text(), path)
    except (OSError, yaml.YAMLError) as error:
        raise InvalidRequest(f"the price table cannot be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InvalidRequest(f"the price table is not valid: {wrong}") from error


def shipped_table() -> PriceTable:
    """The table that comes with the router."""
    return _parsed(files(__package__).joinpath("table.yaml").read_text(), None)


def open_table(path: Path | None) -> PriceTable:
    """The shipped table, with a user's own before it. Raises InvalidRequest."""
    return shipped_table() if path is None else read_table(path).over(shipped_table())


def _parsed(text: str, path: Path | None) -> PriceTable:
    whose = f"{path.name}: " if path else ""
    file = TableFile.model_validate(yaml.safe_load(text))
    found = {}
    for kind, said in file.kinds.items():
        source = f"{whose}{said.source}, {said.date}"
        for name, one in said.models.items():
            found[kind, name] = Listed(kind, name, one.price(), one.context, frozenset(one.lacks), source, path is None)
    return PriceTable(found)
