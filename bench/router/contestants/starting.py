"""How each router is started in front of the same server, and by what key it is asked."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from bench.router.upstream import MODEL
from pydantic import SecretStr

from ragstone_contracts.identity import Identity
from ragstone_kit.identity import IdentityTokens

SECRET = "a secret of the bench that is long enough"
LITELLM_KEY = "sk-of-the-bench"
CONNECTIONS = 4096


@dataclass(frozen=True)
class Place:
    """``upstream`` is the server's URL without a path, ``folder`` is the contestant's own and empty."""

    port: int
    upstream: str
    folder: Path

    def file(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump(content))
        return path


@dataclass(frozen=True)
class Start:
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


Contestant = Callable[[Place], Start]


def ragstone(place: Place) -> Start:
    """Everything on: identity, a budget and limits of tenant and user, breaker, prices, ledger, span, metrics."""
    price = {"input": 0.15, "output": 0.6}
    deployment = {"provider": "upstream", "model": MODEL, "price": price, "context": 32_000}
    url = f"{place.upstream}/v1"
    routes = {
        "providers": {"upstream": {"kind": "openai-compatible", "url": url, "connections": CONNECTIONS}},
        "models": {MODEL: {"deployments": [deployment]}},
        "limits": [
            {"holder": "tenant", "usd_per_month": 1e9, "requests_per_minute": 1e9},
            {"holder": "user", "tokens_per_day": 1e12},
        ],
    }
    environment = {
        "RAGSTONE_ROUTER__INTERNAL_SECRET": SECRET,
        "RAGSTONE_ROUTER__PORT": str(place.port),
        "RAGSTONE_ROUTER__INFERENCE_URL": place.upstream,
        "RAGSTONE_ROUTER__ROUTES": str(place.file("routes.yaml", routes)),
        "RAGSTONE_ROUTER__DATABASE_URL": f"sqlite+aiosqlite:///{place.folder / 'ledger.db'}",
    }
    key = IdentityTokens(SecretStr(SECRET)).mint(Identity(tenant="acme", user="ann")).token
    return Start([sys.executable, "-m", "ragstone_router"], environment, key)


def bare_aiohttp(place: Place) -> Start:
    script = Path(__file__).with_name("bare_aiohttp.py")
    return Start([sys.executable, str(script), str(place.port), place.upstream])


def vllm_router(python: Path) -> Contestant:
    """As it comes, but for a bound on requests that would refuse the crowd."""

    def start(place: Place) -> Start:
        options = ["--host", "127.0.0.1", "--port", str(place.port), "--worker-urls", place.upstream]
        options += ["--policy", "round_robin", "--max-concurrent-requests", str(CONNECTIONS), "--log-level", "error"]
        options += ["--prometheus-host", "127.0.0.1", "--prometheus-port", str(place.port + 1)]
        return Start([str(python.with_name("vllm-router")), *options])

    return start


def litellm(python: Path) -> Contestant:
    """One worker with a master key and no database, logging errors alone, as its documentation says for production."""

    def start(place: Place) -> Start:
        upstream = {"model": f"openai/{MODEL}", "api_base": f"{place.upstream}/v1", "api_key": "none"}
        config = {
            "model_list": [{"model_name": MODEL, "litellm_params": upstream}],
            "general_settings": {"master_key": LITELLM_KEY},
            "litellm_settings": {"set_verbose": False, "json_logs": True, "request_timeout": 600},
        }
        options = ["--config", str(place.file("config.yaml", config)), "--port", str(place.port)]
        options += ["--host", "127.0.0.1", "--num_workers", "1", "--telemetry", "False"]
        environment = {
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MODE": "PRODUCTION",
            "LITELLM_LOG": "ERROR",
            "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        return Start([str(python.with_name("litellm")), *options], environment, LITELLM_KEY)

    return start
