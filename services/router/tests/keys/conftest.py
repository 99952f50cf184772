from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI

from ragstone_contracts.keys import IssuedKey, KeyTerms

ROUTES = {
    "models": {
        "fast": {
            "deployments": [{"provider": "near", "model": "big-writer", "price": {"input": 1, "output": 1_000_000}}]
        },
        "slow": {"deployments": [{"provider": "near", "model": "big-writer", "price": "free"}]},
    }
}
Issue = Callable[..., Awaitable[IssuedKey]]


@pytest.fixture
async def alone(tmp_path: Path, make_app: Callable[..., FastAPI], writer_url: str) -> AsyncIterator[FastAPI]:
    """A router that no gateway stands before."""
    path = tmp_path / "routes.yaml"
    providers = {"near": {"kind": "openai-compatible", "url": writer_url}}
    path.write_text(yaml.safe_dump({**ROUTES, "providers": providers}))
    app = make_app(routes=path, database_url=f"sqlite+aiosqlite:///{tmp_path}/router.db")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def issue(alone: FastAPI) -> Issue:
    async def issued(tenant: str = "acme", user: str = "ann", **terms: Any) -> IssuedKey:
        answer: IssuedKey = await alone.state.keys.issue(
            tenant, user, KeyTerms.model_validate({"name": "a key", **terms})
        )
        return answer

    return issued


@asynccontextmanager
async def client(app: FastAPI, key: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://router", headers=headers) as opened:
        yield opened
