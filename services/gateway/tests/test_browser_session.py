from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from .conftest import http


async def test_a_browser_on_this_machine_is_signed_in_by_opening_the_page(gateway: FastAPI) -> None:
    async with http(gateway) as browser:
        assert (await browser.get("/v1/models")).status_code == 401
        page = await browser.get("/")
        assert "Ragstone" in page.text
        cookie = page.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await browser.get("/v1/models")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8080", "localhost.evil.example", "10.0.0.1:8080", ""])
async def test_a_page_asked_for_by_another_name_signs_nobody_in(gateway: FastAPI, host: str) -> None:
    async with http(gateway, host=host) as browser:
        assert "set-cookie" not in (await browser.get("/")).headers


async def test_a_browser_on_another_machine_is_not_signed_in(gateway: FastAPI) -> None:
    transport = httpx.ASGITransport(gateway, client=("10.1.2.3", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as browser:
        assert "set-cookie" not in (await browser.get("/")).headers


async def test_another_site_cannot_use_the_session(gateway: FastAPI) -> None:
    async with http(gateway) as browser:
        await browser.get("/")
        body = {"question": "?", "collection": "c"}
        assert (await browser.post("/v1/chat", json=body, headers={"origin": "http://localhost:8080"})).is_success
        response = await browser.post("/v1/chat", json=body, headers={"origin": "http://evil.example"})
        assert (response.status_code, response.json()["code"]) == (403, "cross_site_request")


async def test_a_key_can_be_exchanged_for_a_session_and_back(gateway: FastAPI, client: httpx.AsyncClient) -> None:
    key = client.headers["authorization"].removeprefix("Bearer ")
    async with http(gateway) as browser:
        assert (await browser.post("/session", json={"api_key": "rs_wrong"})).status_code == 401
        assert (await browser.post("/session", json={"api_key": key})).status_code == 204
        assert (await browser.get("/v1/models")).status_code == 200
        await browser.delete("/session")
        assert (await browser.get("/v1/models")).status_code == 401


@pytest.mark.requirement("WEB-2")
async def test_the_page_may_load_nothing_from_elsewhere(gateway: FastAPI) -> None:
    async with http(gateway) as browser:
        headers = (await browser.get("/")).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/nothing"])
async def test_nothing_outside_the_built_page_is_served(gateway: FastAPI, web_root: Path, path: str) -> None:
    assert (web_root.parent / "secret.txt").exists()
    async with http(gateway) as browser:
        response = await browser.get(path)
    assert response.status_code == 404
    assert "outside" not in response.text
