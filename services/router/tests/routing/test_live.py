from pathlib import Path

import yaml
from pydantic import SecretStr

from ragstone_router.routing.default_book import default_book
from ragstone_router.routing.live import LiveBook
from ragstone_router.routing.opening import open_routes
from ragstone_router.settings import RouterSettings


def written(path: Path, *models: str) -> None:
    route = {"deployments": [{"provider": "near", "model": "qwen"}]}
    providers = {"near": {"kind": "vllm", "url": "http://127.0.0.1:9/v1"}}
    path.write_text(yaml.safe_dump({"providers": providers, "models": dict.fromkeys(models, route)}))


async def test_a_changed_file_is_taken_up_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    written(path, "one")
    settings = RouterSettings(internal_secret=SecretStr("x" * 32), routes=path)
    base = default_book(settings)
    books = LiveBook(lambda: open_routes(base, settings), path)
    assert "one" in books.current.routes

    before = books.current
    await books.refresh()
    assert books.current is before

    written(path, "one", "two")
    await books.refresh()
    assert {"one", "two"} <= books.current.routes.keys()

    path.write_text("models: {three: {}}")
    await books.refresh()
    assert {"one", "two"} <= books.current.routes.keys()

    path.unlink()
    await books.refresh()
    assert "two" in books.current.routes
    await books.close()
