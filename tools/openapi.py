"""``make openapi``: write the public API's description to services/gateway/openapi.json."""

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ragstone_gateway.app import create_app
from ragstone_gateway.settings import GatewaySettings

SNAPSHOT = Path(__file__).resolve().parent.parent / "services" / "gateway" / "openapi.json"


def public_api() -> dict[str, Any]:
    """What the gateway serves at ``/openapi.json``."""
    return create_app(GatewaySettings(internal_secret=SecretStr("-" * 32))).openapi()


def rendered() -> str:
    return json.dumps(public_api(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(rendered())
