"""The real model files as a fixture; import ``model_files`` into a conftest to use it."""

import pytest

from ragstone_inference.errors import ModelFilesUnreachable
from ragstone_inference.model_files import ModelFiles, ensure_models
from ragstone_inference.settings import ModelSettings


@pytest.fixture(scope="session")
def model_files() -> ModelFiles:
    """The embedder's and the cross-encoder's files, fetched once into the user's cache; skips visibly without them."""
    try:
        return ensure_models(ModelSettings().models_dir)
    except ModelFilesUnreachable as error:
        pytest.skip(f"the model files are not here and cannot be fetched: {error.detail}")
