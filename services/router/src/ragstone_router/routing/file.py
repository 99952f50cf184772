"""The routes file: providers, and for each model's name who may answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.usage import Allowance
from ragstone_router.caching.config import CacheConfig
from ragstone_router.limits.rules import ANYONE, Holder, Rule, rules_of
from ragstone_router.prices.table import PriceConfig
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.routing.deployment import CAPABILITIES


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeploymentConfig(_Part):
    """``name`` is what the policy's decisions call it, ``provider/model`` by default."""

    provider: str
    model: str | None = None
    name: str | None = None
    priority: int = 0
    weight: float = Field(default=1.0, ge=0)
    price: PriceConfig | Literal["free"] | None = None
    context: int | None = Field(default=None, ge=1)
    capabilities: list[str] = sorted(CAPABILITIES)
    quality: float = 0.0
    concurrent: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=60.0, gt=0)
    space: str | None = None
    """What an embedder's vectors may be compared with goes by the same name; by default that of its model."""

    @property
    def called(self) -> str:
        return self.name or f"{self.provider}/{self.model or '*'}"

    @model_validator(mode="after")
    def _known(self) -> "DeploymentConfig":
        if unknown := set(self.capabilities) - CAPABILITIES:
            raise ValueError(f"there is no capability {sorted(unknown)}; there are {sorted(CAPABILITIES)}")
        return self


class ShareConfig(_Part):
    deployment: DeploymentConfig
    percent: float = Field(default=0.0, ge=0, le=100)
    header: str | None = None


class HedgeConfig(_Part):
    """When a second deployment is asked besides: after so long, or when so many in a hundred would have answered."""

    after_seconds: float | None = Field(default=None, gt=0)
    percentile: float | None = Field(default=None, ge=50, lt=100)

    @model_validator(mode="after")
    def _one_of_both(self) -> "HedgeConfig":
        if (self.after_seconds is None) == (self.percentile is None):
            raise ValueError("a hedge has either 'after_seconds' or a 'percentile'")
        return self


class RouteConfig(_Part):
    """``dimensions`` is how long an embedder's vectors are, where that is to be checked."""

    type: Literal["chat", "embeddings", "rerank"] = "chat"
    dimensions: int | None = Field(default=None, ge=1)
    policy: Literal["priority", "weighted", "least-loaded", "cheapest", "sticky"] = "priority"
    deployments: list[DeploymentConfig] = Field(min_length=1)
    least_quality: float = 0.0
    canary: ShareConfig | None = None
    shadow: ShareConfig | None = None
    cache: CacheConfig | None = None
    hedge: HedgeConfig | None = None

    @property
    def all_deployments(self) -> list[DeploymentConfig]:
        shares = [share.deployment for share in (self.canary, self.shadow) if share]
        return [*self.deployments, *shares]

    @model_validator(mode="after")
    def _one_space(self) -> "RouteConfig":
        if self.type != "embeddings":
            return self
        spaces = {one.space or one.model for one in self.all_deployments}
        if len(spaces) > 1 or None in spaces:
            raise ValueError(
                "the embedders of a route must be of one model, or say by the same 'space' that their vectors can be"
                f" compared; these are of {sorted(map(str, spaces))}"
            )
        return self


class LimitConfig(Allowance):
    """What a tenant, user or key of that name may use, each of them where it is ``*``."""

    holder: Holder
    name: str = ANYONE

    def rules(self) -> list[Rule]:
        return rules_of(self, self.holder, self.name)


class RoutesFile(_Part):
    providers: dict[str, ProviderConfig] = {}
    models: dict[str, RouteConfig] = {}
    limits: list[LimitConfig] = []

    @model_validator(mode="after")
    def _providers_are_named(self) -> "RoutesFile":
        named = {one.provider for route in self.models.values() for one in route.all_deployments}
        if unknown := named - self.providers.keys() - {"ragstone"}:
            raise ValueError(f"no provider is called {sorted(unknown)}")
        return self


def read_routes(path: Path, environment: Mapping[str, str]) -> RoutesFile:
    """The file with ``${NAME}`` replaced by what the environment has. Raises InvalidRequest naming what is wrong."""
    try:
        parsed = yaml.safe_load(path.read_text())
        return RoutesFile.model_validate(_filled_in(parsed, environment))
    except (OSError, yaml.YAMLError) as error:
        raise InvalidRequest(f"the routes file cannot be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InvalidRequest(f"the routes file is not valid: {wrong}") from error


def _filled_in(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled_in(held, environment) for name, held in value.items()}
    if isinstance(value, list):
        return [_filled_in(held, environment) for held in value]
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        name = value[2:-1]
        if name not in environment:
            raise InvalidRequest(f"the routes file asks for {name}, which the environment does not have")
        return environment[name]
    return value
