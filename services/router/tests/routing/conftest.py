from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from ragstone_router.ask import Ask
from ragstone_router.providers.port import Answer
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.default_book import default_book
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.opening import open_routes
from ragstone_router.settings import RouterSettings

OpenFile = Callable[..., RouteBook]


class Nobody:
    """A provider that is never asked."""

    def ask(self, ask: Ask, model: str, seconds: float) -> AbstractAsyncContextManager[Answer]:
        raise AssertionError(f"{model} was asked")

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        raise AssertionError

    async def close(self) -> None:
        """Nothing is open."""


def deployment(name: str, **fields: Any) -> Deployment:
    return Deployment(name, Nobody(), name, **fields)


@pytest.fixture
def open_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenFile:
    """The routes of a file that says what is given."""

    def opened(said: Any, **environment: str) -> RouteBook:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        path = tmp_path / "routes.yaml"
        path.write_text(said if isinstance(said, str) else yaml.safe_dump(said))
        settings = RouterSettings(internal_secret=SecretStr("x" * 32), routes=path)
        return open_routes(default_book(settings), settings)

    return opened
