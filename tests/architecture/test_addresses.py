"""No file of the project names a package registry, or a path of somebody's machine."""

import json
import re
from pathlib import Path

# Written in two halves, so that this file does not match itself.
REGISTRIES = re.compile(
    "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "registry\\." + "np" + "mjs", "deb\\." + "debian"])
)
MACHINE_PATHS = re.compile("|".join(["/" + "root/", "/" + "home/[a-z]+/", "/" + "work/"]))


def _texts(files: list[Path]) -> dict[Path, str]:
    return {path: path.read_text(errors="replace") for path in files if path.suffix not in {".pdf", ".docx", ".png"}}


def test_no_registry_is_named(root: Path, files: list[Path]) -> None:
    named = [str(path.relative_to(root)) for path, text in _texts(files).items() if REGISTRIES.search(text)]
    assert named == []


def test_no_path_of_one_machine_is_named(root: Path, files: list[Path]) -> None:
    named = [str(path.relative_to(root)) for path, text in _texts(files).items() if MACHINE_PATHS.search(text)]
    assert named == []


def test_locks_hold_hashes_and_no_addresses(root: Path) -> None:
    locks = sorted(root.glob("requirements*.lock"))
    assert locks
    for lock in locks:
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text, lock.name
    assert not (root / "uv.lock").exists()


def test_the_lock_of_the_browser_app_holds_no_addresses(root: Path) -> None:
    lock = json.loads((root / "services" / "web" / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
