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
        app.state.models = models or await asyncio.to_thread(load_models, settings)
        try:
            yield
        finally:
            app.state.models.close()

    async def model_files() -> None:
        models: Models = app.state.models
        if settings.require_models and (models.embedder is None or models.reranker is None):
            raise ModelUnavailable("the files of the embedder or the reranker are not on this machine")

    app = create_service("inference", settings, [router], lifespan=lifespan, checks={"model_files": model_files})
    return app
