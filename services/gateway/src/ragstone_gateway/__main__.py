"""``python -m ragstone_gateway``: the gateway alone, settings from the environment."""

import uvicorn

from ragstone_gateway.app import create_app
from ragstone_gateway.settings import GatewaySettings
from ragstone_kit.logs import configure_logs

if __name__ == "__main__":
    settings = GatewaySettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")
