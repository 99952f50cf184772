"""Runs the agents service with settings from the environment."""

import uvicorn

from ragstone_agents.app import create_app
from ragstone_agents.settings import AgentsSettings
from ragstone_kit.logs import configure_logs


def main() -> None:
    settings = AgentsSettings()  # type: ignore[call-arg]  # the secret comes from the environment
    configure_logs(settings.log_level)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None)


if __name__ == "__main__":
    main()
