"""From settings to the command and the environment that vLLM is started with."""

from collections.abc import Mapping
from typing import Any

import orjson

from ragstone_inference.vllm.settings import VllmSettings

VALUES = (
    "served_model_name",
    "dtype",
    "quantization",
    "kv_cache_dtype",
    "tensor_parallel_size",
    "max_model_len",
    "gpu_memory_utilization",
    "max_num_seqs",
    "max_num_batched_tokens",
    "max_num_queued_reqs",
    "tool_call_parser",
    "reasoning_parser",
    "shutdown_timeout",
)
SWITCHES = ("enable_prefix_caching", "enable_chunked_prefill")


def command(settings: VllmSettings) -> list[str]:
    """As of vLLM 0.32. Switches are always said: their defaults differ from version to version."""
    return [*_program(settings), *arguments(settings)]


def arguments(settings: VllmSettings) -> list[str]:
    """What follows ``vllm serve MODEL``."""
    said: list[str] = ["--host", settings.host, "--port", str(settings.port)]
    for name in VALUES:
        value: Any = getattr(settings, name)
        if value is not None:
            said += [_flag(name), str(value)]
    said += [_flag(name) if getattr(settings, name) else f"--no-{_flag(name)[2:]}" for name in SWITCHES]
    if settings.tool_call_parser is not None:
        said.append("--enable-auto-tool-choice")
    if settings.speculative_method is not None:
        said += ["--speculative-config", orjson.dumps(_speculation(settings)).decode()]
    return [*said, *settings.extra_arguments]


def environment(settings: VllmSettings) -> Mapping[str, str]:
    """What vLLM is told beside its arguments; it is to tell nobody that it runs."""
    key = {} if settings.api_key is None else {"VLLM_API_KEY": settings.api_key.get_secret_value()}
    return {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **key}


def _program(settings: VllmSettings) -> list[str]:
    if settings.python is None:
        return ["vllm", "serve", settings.model]
    return [str(settings.python), "-m", "vllm.entrypoints.openai.api_server", "--model", settings.model]


def _speculation(settings: VllmSettings) -> dict[str, Any]:
    said: dict[str, Any] = {
        "method": settings.speculative_method,
        "num_speculative_tokens": settings.speculative_tokens,
    }
    return said if settings.speculative_model is None else said | {"model": settings.speculative_model}


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
