from collections.abc import Callable

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from ragstone_clients.router import RouterClient
from ragstone_contracts.identity import Identity
from ragstone_inference.app import create_app
from ragstone_inference.catalogue import Models, load_models
from ragstone_inference.errors import ModelFilesUnreachable
from ragstone_inference.extractive import ExtractiveChatModel
from ragstone_inference.model_files import ModelFiles, ensure_models
from ragstone_inference.settings import InferenceSettings, ModelSettings
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport

SECRET = SecretStr("a secret for tests that is long enough")


@pytest.fixture(scope="session")
def settings() -> InferenceSettings:
    return InferenceSettings(internal_secret=SECRET, max_texts=50, fetch_models=False)


@pytest.fixture(scope="session")
def model_files() -> ModelFiles:
    """The embedder's and the cross-encoder's files, fetched once into the user's cache; skips visibly without them."""
    try:
        return ensure_models(ModelSettings().models_dir)
    except ModelFilesUnreachable as error:
        pytest.skip(f"the model files are not here and cannot be fetched: {error.detail}")


@pytest.fixture(scope="session")
def real_models(model_files: ModelFiles, settings: InferenceSettings) -> Models:
    """Loaded once; nothing in them changes between tests."""
    return load_models(settings)


@pytest.fixture(scope="session")
def without_models() -> Models:
    """What is served on a machine that has no model file."""
    return Models(chat=[ExtractiveChatModel()])


@pytest.fixture
def caller() -> Caller:
    return IdentityTokens(SECRET).mint(Identity(tenant="acme", user="ann"))


@pytest.fixture
def client_of(settings: InferenceSettings) -> Callable[[Models], RouterClient]:
    def client(models: Models) -> RouterClient:
        app: FastAPI = create_app(settings)
        app.state.models = models
        return RouterClient(AsgiTransport(app))

    return client


@pytest.fixture
def client(client_of: Callable[[Models], RouterClient], real_models: Models) -> RouterClient:
    return client_of(real_models)
