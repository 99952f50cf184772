"""The deployment files, read as an engine would read them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

SECRET = "0123456789abcdef" * 2
FILLED_IN = {"RAGSTONE_INTERNAL_SECRET": SECRET, "POSTGRES_PASSWORD": "letters1"}
"""What somebody wrote into .env."""

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<rest>[^}]*))?\}")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def compose_text(root: Path) -> str:
    return (root / "docker-compose.yml").read_text()


@pytest.fixture(scope="session")
def compose(compose_text: str) -> dict[str, Any]:
    """The file with its variables filled in. A required variable without a value fails here, as it does there."""
    content: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(_value, compose_text))
    return content


def _value(variable: re.Match[str]) -> str:
    if variable["kind"] == "-":
        return FILLED_IN.get(variable["name"], variable["rest"])
    return FILLED_IN[variable["name"]]


@pytest.fixture(scope="session")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


@pytest.fixture(scope="session")
def dockerfile(root: Path) -> str:
    return (root / "deploy" / "docker" / "Dockerfile").read_text()
