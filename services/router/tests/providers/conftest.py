from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import yaml
from services.router.tests.conftest import SECRET
from services.router.tests.providers.cases import Case

from ragstone_contracts.identity import Identity
from ragstone_contracts.models import EXTRACTIVE
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_router.app import create_app
from ragstone_router.settings import RouterSettings
from ragstone_testing.model_servers.wire import WireServer
from ragstone_testing.scripted_models import ScriptedModelServer, listening

SPARED = ("http_401", "http_404", "http_429", "http_500", "incapable", "context_overflow")
"""Routes by these names have our own model to fall back on, each with a breaker of its own."""
PRICE = {"input": 1, "output": 5, "cached": 0.1}


@dataclass(frozen=True)
class Driven:
    """A router over HTTP, asked by the official client, with one vendor's server behind it as the model ``it``."""

    case: Case
    server: WireServer
    client: openai.OpenAI


@contextmanager
def driven(case: Case, folder: Path) -> Iterator[Driven]:
    server = case.server()
    with server.listening() as url, _router(case, server, url, folder) as router:
        token = IdentityTokens(SECRET).mint(Identity(tenant="acme", user="ann")).token
        with openai.OpenAI(base_url=f"{router}/v1", api_key=token, max_retries=0, timeout=20) as client:
            yield Driven(case, server, client)


def _router(case: Case, server: WireServer, url: str, folder: Path) -> AbstractContextManager[str]:
    def deployment(name: str) -> dict[str, Any]:
        return {"provider": "vendor", "model": server.model, "name": name, "price": PRICE}

    ours = {"provider": "ragstone", "model": EXTRACTIVE}
    models = {name: {"deployments": [deployment(name), ours]} for name in SPARED}
    models["it"] = {"deployments": [deployment("it")]}
    path = folder / "routes.yaml"
    path.write_text(yaml.safe_dump({"providers": {"vendor": case.configured(url)}, "models": models}))
    settings = RouterSettings.model_validate({"internal_secret": SECRET, "routes": path})
    return listening(create_app(settings, inference=AsgiTransport(ScriptedModelServer(model=EXTRACTIVE))))
