"""``python -m ragstone_router``: the router alone, settings from the environment."""

import gc

import uvicorn

from ragstone_kit.logs import configure_logs
from ragstone_router.app import create_app
from ragstone_router.settings import RouterSettings

if __name__ == "__main__":
    settings = RouterSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    app = create_app(settings)
    # What stands from the start is never garbage, and requests leave little: looking for it took a third of their CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        # Longer than clients keep a connection: one that is closed as a request comes in looks like a failure.
        timeout_keep_alive=75,
    )
