"""The real llama.cpp behind the router, where it and the small model that Ragstone keeps are at hand."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import openai
import pytest
import yaml
from services.router.tests.conftest import SECRET

from ragstone_contracts.identity import Identity
from ragstone_contracts.models import EXTRACTIVE
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_router.app import create_app
from ragstone_router.settings import RouterSettings
from ragstone_testing.scripted_models import ScriptedModelServer, listening

MODEL = Path.home() / ".cache" / "ragstone" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
_SERVER = shutil.which("llama-server")

pytestmark = pytest.mark.skipif(
    not MODEL.exists() or (_SERVER is None and find_spec("llama_cpp") is None),
    reason="llama.cpp or its model is not here",
)


@contextmanager
def _llama() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    here = ["--model", str(MODEL), "--host", "127.0.0.1", "--port", port]
    python = [sys.executable, "-m", "llama_cpp.server", *here, "--n_ctx", "512"]
    command = python if _SERVER is None else [_SERVER, *here, "--ctx-size", "512"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/models")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(url)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    path = tmp_path_factory.mktemp("llama") / "routes.yaml"
    with _llama() as url:
        deployments = [
            {"provider": "near", "model": str(MODEL), "price": {"input": 1, "output": 2}},
            {"provider": "ragstone", "model": EXTRACTIVE},
        ]
        routes = {
            "providers": {"near": {"kind": "llama-cpp", "url": url}},
            "models": {"small": {"deployments": deployments}},
        }
        path.write_text(yaml.safe_dump(routes))
        settings = RouterSettings.model_validate({"internal_secret": SECRET, "routes": path})
        app = create_app(settings, inference=AsgiTransport(ScriptedModelServer(model=EXTRACTIVE)))
        token = IdentityTokens(SECRET).mint(Identity(tenant="acme", user="ann")).token
        with listening(app) as router, openai.OpenAI(base_url=f"{router}/v1", api_key=token, max_retries=0) as opened:
            yield opened


@pytest.mark.requirement("RTR-2")
def test_a_chat_is_answered_and_counted(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="small", messages=[{"role": "user", "content": "Say hello."}], max_tokens=8
    )
    answer = raw.parse()
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert "x-ragstone-fallback" not in raw.headers
    assert float(raw.headers["x-ragstone-cost-usd"]) > 0


@pytest.mark.requirement("RTR-2")
def test_a_stream_comes_in_pieces(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="small", messages=[{"role": "user", "content": "Count to five."}], max_tokens=8, stream=True
    )
    pieces = [one.choices[0].delta.content for one in stream if one.choices and one.choices[0].delta.content]
    assert len(pieces) > 1


@pytest.mark.requirement("RTR-4")
def test_a_prompt_too_long_for_it_goes_to_the_next(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="small", messages=[{"role": "user", "content": "word " * 2000}], max_tokens=8
    )
    assert raw.headers["x-ragstone-fallback"].endswith("; context_overflow")
