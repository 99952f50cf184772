"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_inference.catalogue import Models
from ragstone_inference.settings import InferenceSettings


async def _models(request: Request) -> Models:
    models: Models = request.app.state.models
    return models


async def _settings(request: Request) -> InferenceSettings:
    settings: InferenceSettings = request.app.state.settings
    return settings


ModelsDependency = Annotated[Models, Depends(_models)]
SettingsDependency = Annotated[InferenceSettings, Depends(_settings)]
