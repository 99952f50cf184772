"""The base of every service's settings: the only place that reads the environment."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings of one service, read from ``RAGSTONE_<SERVICE>__<FIELD>``.

    A service subclasses it with its prefix: ``class RouterSettings(ServiceSettings, env_prefix="RAGSTONE_ROUTER__")``.
    """

    model_config = SettingsConfigDict(extra="forbid", env_nested_delimiter="__")

    internal_secret: SecretStr
    """Signs and verifies the internal identity tokens; the same in every service, at least 32 characters."""
    log_level: str = "INFO"
