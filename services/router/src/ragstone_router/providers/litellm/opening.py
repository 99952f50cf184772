"""From what the routes file says to a vendor behind litellm."""

from collections.abc import Mapping
from typing import Any

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.providers.litellm.loading import must_be_installed
from ragstone_router.providers.litellm.provider import LiteLLM
from ragstone_router.providers.opening import ProviderConfig

_AWS = {
    "region": "aws_region_name",
    "access_key_id": "aws_access_key_id",
    "secret_access_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
    "profile": "aws_profile_name",
    "role": "aws_role_name",
    "session": "aws_session_name",
}
_GOOGLE = {"project": "vertex_project", "location": "vertex_location", "credentials": "vertex_credentials"}


def open_bedrock(config: ProviderConfig) -> LiteLLM:
    """``options: {region}``, with credentials there, a Bedrock API key as ``key``, or those the machine has."""
    options = _renamed(config, _AWS, needed="region")
    return _open(config, "bedrock/converse/", options)


def open_vertex(config: ProviderConfig) -> LiteLLM:
    """``options: {project, location, credentials}``; ``credentials`` is a file or its JSON, else the machine's own."""
    return _open(config, "vertex_ai/", _renamed(config, _GOOGLE, needed="project"))


def open_any(config: ProviderConfig) -> LiteLLM:
    """``options: {provider}`` is litellm's name of the vendor; the other options go to litellm as they are."""
    options = dict(config.options)
    if not (vendor := options.pop("provider", None)):
        raise InvalidRequest("a litellm provider needs options.provider, litellm's name of the vendor")
    return _open(config, f"{vendor}/", options)


def _renamed(config: ProviderConfig, names: Mapping[str, str], needed: str) -> dict[str, Any]:
    if unknown := sorted(set(config.options) - set(names)):
        raise InvalidRequest(f"a provider of the kind '{config.kind}' has no option '{unknown[0]}'")
    if not config.options.get(needed):
        raise InvalidRequest(f"a provider of the kind '{config.kind}' needs options.{needed}")
    return {names[name]: value for name, value in config.options.items()}


def _open(config: ProviderConfig, prefix: str, options: Mapping[str, Any]) -> LiteLLM:
    must_be_installed()
    more: dict[str, Any] = {"api_base": config.url, "extra_headers": config.headers or None}
    more["api_key"] = None if config.key is None else config.key.get_secret_value()
    return LiteLLM(prefix, {**options, **{name: value for name, value in more.items() if value}})
