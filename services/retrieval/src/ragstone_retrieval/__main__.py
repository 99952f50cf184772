"""``python -m ragstone_retrieval``: retrieval alone, settings from the environment."""

import uvicorn

from ragstone_kit.logs import configure_logs
from ragstone_retrieval.app import create_app
from ragstone_retrieval.settings import RetrievalSettings

if __name__ == "__main__":
    settings = RetrievalSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")
