"""Run the service alone: ``python -m ragstone_inference``."""

import uvicorn

from ragstone_inference.app import create_app
from ragstone_inference.settings import InferenceSettings
from ragstone_kit.logs import configure_logs


def main() -> None:
    settings = InferenceSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
