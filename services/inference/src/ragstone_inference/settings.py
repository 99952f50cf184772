"""Settings of the inference service."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from ragstone_kit.settings import ServiceSettings


def default_models_dir() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "ragstone" / "models"


def child_environment(more: Mapping[str, str]) -> dict[str, str]:
    """What a model server is started with: this process's environment, without what is meant for Ragstone alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAGSTONE_")} | dict(more)


def usable_cores() -> int:
    """Those this process may run on. A container's CPU quota is not seen here: set ``WORKERS`` to it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ModelSettings(BaseSettings, env_prefix="RAGSTONE_INFERENCE__"):
    """Where models come from. A source is ``package``, a folder that holds ``model.onnx`` and ``tokenizer.json``, or
    ``hf:OWNER/NAME`` for a model of the Hugging Face hub (its ``onnx/model.onnx`` and ``tokenizer.json``)."""

    models_dir: Path = Field(default_factory=default_models_dir)
    fetch_models: bool = True
    """Fetch absent model files at start; without them the service starts all the same and says what it lacks."""
    require_models: bool = False
    """Not ready while the embedder or the reranker is absent; without it the service answers lexically and is."""
    embedder_source: str = "package"
    reranker_source: str = "package"
    local_writer: bool = False
    """Serve the small generative model too, through llama.cpp (extra ``local``, or a ``llama-server`` on PATH)."""


class InferenceSettings(ServiceSettings, ModelSettings, env_prefix="RAGSTONE_INFERENCE__"):
    host: str = "127.0.0.1"
    port: int = 8086
    workers: int = Field(default_factory=usable_cores, ge=1)
    """Model runs at a time, each on one thread; also the threads of llama.cpp."""
    max_texts: int = Field(default=2048, ge=1)
    """The most texts one embeddings or rerank request may hold."""
