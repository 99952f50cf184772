"""A scripted gateway with one empty collection, and a real Chromium to look at the page with."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ragstone_testing.scripted_gateway import ScriptedGateway
from ragstone_web import static_root

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    """A gateway on a free port, with one empty collection ``demo``."""
    gateway = ScriptedGateway(static_root())
    gateway.add_collection("demo")
    with gateway.listening():
        yield gateway


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: its event loop must be gone before other suites run theirs."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: install one to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS, chromium_sandbox=False)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, gateway: ScriptedGateway) -> Iterator[Page]:
    """The page, opened; ``gateway`` may be changed before it is reloaded."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(gateway.url)
    yield page
    context.close()


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    texts: list[str] = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
    return texts
