"""The inference service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_inference.catalogue import Models, load_models
from ragstone_inference.endpoints import router
from ragstone_inference.errors import ModelUnavailable
from ragstone_inference.settings import InferenceSettings
from ragstone_kit.app import create_service


def create_app(settings: InferenceSettings, *, models: Models | None = None) -> FastAPI:
    """Serves ``models``, or those the settings ask for, which are then loaded at start."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        served = await asyncio.to_thread(load_models, settings) if models is None else models
        app.state.models = served
        await served.start()
        try:
            yield
        finally:
            await served.close()

    async def model_files() -> None:
        served: Models = app.state.models
        if settings.require_models and (served.embedder is None or served.reranker is None):
            raise ModelUnavailable("the files of the embedder or the reranker are not on this machine")

    app = create_service("inference", settings, [router], lifespan=lifespan, checks={"model_files": model_files})
    return app
