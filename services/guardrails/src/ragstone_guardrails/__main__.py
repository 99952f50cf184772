"""Runs the guardrails service with settings from the environment."""

import uvicorn

from ragstone_guardrails.app import create_app
from ragstone_guardrails.settings import GuardrailsSettings
from ragstone_kit.logs import configure_logs


def main() -> None:
    settings = GuardrailsSettings()  # type: ignore[call-arg]  # the secret comes from the environment
    configure_logs(settings.log_level)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None)


if __name__ == "__main__":
    main()
