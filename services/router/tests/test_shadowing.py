import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from services.router.tests.conftest import MakeApp

from ragstone_clients.router import RouterClient
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.scripted_models import Script, ScriptedModelServer

QUESTION = [{"role": "user", "content": "Say it."}]


def routes(url: str, percent: float) -> dict[str, Any]:
    shadow = {"deployment": {"provider": "near", "model": "big-writer"}, "percent": percent, "header": "x-shadow"}
    own = {"provider": "ragstone", "model": "ragstone-extractive"}
    near = {"kind": "openai-compatible", "url": url}
    return {"providers": {"near": near}, "models": {"fast": {"deployments": [own], "shadow": shadow}}}


@pytest.mark.requirement("RTR-6")
@pytest.mark.parametrize("fault", [None, Script(status=500), Script(delay=30)])
async def test_a_shadow_gets_a_copy_and_keeps_nobody_waiting(
    fault: Script | None,
    tmp_path: Path,
    make_app: MakeApp,
    writer_url: str,
    writer: ScriptedModelServer,
    caller: Caller,
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump(routes(writer_url, 100)))
    if fault:
        writer.scripts.append(fault)
    app = make_app(routes=path)

    async with asyncio.timeout(10), RouterClient(AsgiTransport(app)).chat(caller, "fast", QUESTION) as stream:
        assert "".join([piece async for piece in stream.text()]) == "A quote. [1]"

    while not writer.received:  # noqa: ASYNC110  the server runs in a thread
        await asyncio.sleep(0.01)
    assert writer.received[0].body["model"] == "big-writer"
    assert "stream" not in writer.received[0].body
    await app.state.proxy.shadows.close()


async def test_without_its_share_a_shadow_gets_nothing(
    tmp_path: Path, make_app: MakeApp, writer_url: str, writer: ScriptedModelServer, caller: Caller
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump(routes(writer_url, 0)))
    async with RouterClient(AsgiTransport(make_app(routes=path))).chat(caller, "fast", QUESTION) as stream:
        assert [piece async for piece in stream.text()]
    assert writer.received == []
