"""Every service looks like every other one, and the environment has one reader in each."""

import re
from pathlib import Path

NOT_ASGI = {"web": "built files only", "standalone": "composes the others; its surface is the command line"}


def _services(root: Path) -> list[Path]:
    return sorted(path.parent for path in (root / "services").glob("*/pyproject.toml"))


def test_every_service_has_the_same_rooms(root: Path) -> None:
    missing = []
    for service in _services(root):
        package = service / "src" / f"ragstone_{service.name}"
        rooms = ["README.md", "tests"]
        if service.name not in NOT_ASGI:
            modules = ("app.py", "settings.py", "dependencies.py", "endpoints", "__main__.py")
            rooms += [str((package / module).relative_to(service)) for module in modules]
        missing += [f"{service.name}/{room}" for room in rooms if not _there(service / room)]
    assert missing == []


def _there(path: Path) -> bool:
    return path.exists() or path.with_suffix(".py").exists()


def test_only_settings_read_the_environment(root: Path, files: list[Path]) -> None:
    reading = re.compile(r"\bos\.environ\b|\bos\.getenv\b")
    sources = [path for path in files if path.suffix == ".py" and "src" in path.parts]
    readers = {str(path.relative_to(root)) for path in sources if reading.search(path.read_text())}
    assert {reader for reader in readers if not reader.endswith(("settings.py", *ALLOWED_READERS))} == set()


ALLOWED_READERS = {
    "libs/testing/src/ragstone_testing/model_servers/vllm_process.py": "stands for a program with its key there",
}
"""Path -> why it reads the environment all the same."""


def test_the_lean_install_has_none_of_the_heavy_or_talkative_libraries(root: Path) -> None:
    names = set(re.findall(r"^([a-z0-9._-]+)==", (root / "requirements.lock").read_text(), re.MULTILINE))
    assert "fastapi" in names
    assert names.isdisjoint({"torch", "guardrails-ai", "ragas", "litellm", "docling"})


def test_what_endpoints_are_handed_is_made_on_the_event_loop(files: list[Path]) -> None:
    """A plain function would be called in a thread, which takes many times longer than what such functions do."""
    threaded = []
    for path in (path for path in files if path.suffix == ".py" and "src" in path.parts):
        text = path.read_text()
        for name in re.findall(r"Depends\((\w+)\)", text):
            threaded += [f"{path.name}: {name}"] if f"\ndef {name}(" in text else []
    assert threaded == []
