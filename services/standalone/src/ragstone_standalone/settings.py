"""Settings of standalone and of the command line, from ``RAGSTONE_STANDALONE__*`` and ``RAGSTONE_CLIENT__*``."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class StandaloneSettings(BaseSettings):
    """What ``ragstone up`` starts with; its options override these."""

    model_config = SettingsConfigDict(env_prefix="RAGSTONE_STANDALONE__", extra="forbid")

    data_dir: Path = Path(".ragstone")
    host: str = "127.0.0.1"
    port: int = 8080
    demo: Path | None = None
    """A folder whose documents go into the demo collection at start."""
    model: Literal["extractive", "local"] = "extractive"
    log_level: str = "WARNING"


class ClientSettings(BaseSettings):
    """Where the command line finds Ragstone; by default what the data folder of a local one says."""

    model_config = SettingsConfigDict(env_prefix="RAGSTONE_CLIENT__", extra="forbid")

    url: str | None = None
    api_key: SecretStr | None = None
    data_dir: Path = Path(".ragstone")
