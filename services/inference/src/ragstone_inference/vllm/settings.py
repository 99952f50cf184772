"""Settings of a vLLM server: those that matter for what it costs and how fast it answers."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


class VllmSettings(BaseSettings, env_prefix="RAGSTONE_VLLM__", extra="forbid", hide_input_in_errors=True):
    """Named as vLLM names its own. What is None is left to vLLM, which knows the model; what depends on the model or
    the GPU (whether heads divide by ``tensor_parallel_size``, whether a data type is supported) vLLM checks itself."""

    model: str
    """A folder, or a name on the Hugging Face hub."""
    served_model_name: str | None = None
    """What callers name; the model itself by default."""
    api_key: SecretStr | None = None
    """Handed over in the environment, where no list of processes shows it."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    ops_host: str = "127.0.0.1"
    ops_port: int = Field(default=8001, ge=1, le=65535)
    """Where health, readiness and metrics are."""

    dtype: str = "auto"
    quantization: str | None = None
    """``fp8`` quantises full weights at start; ``awq``, ``gptq`` and others are read from the model by themselves."""
    kv_cache_dtype: str = "auto"
    """``fp8`` holds twice the tokens, at some loss."""
    tensor_parallel_size: int = Field(default=1, ge=1)
    """GPUs one copy of the model is spread over."""
    max_model_len: int | None = Field(default=None, ge=1)
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    max_num_seqs: int | None = Field(default=None, ge=1)
    max_num_batched_tokens: int | None = Field(default=None, ge=1)
    max_num_queued_reqs: int | None = Field(default=None, ge=0)
    """Beyond, vLLM answers 503 and the router goes elsewhere."""
    enable_prefix_caching: bool = True
    enable_chunked_prefill: bool = True
    tool_call_parser: str | None = None
    """Turns tool calls on; which one belongs to the model's family."""
    reasoning_parser: str | None = None

    speculative_method: str | None = None
    """``ngram`` needs no second model, ``eagle3``, ``draft_model`` and others do."""
    speculative_model: str | None = None
    speculative_tokens: int | None = Field(default=None, ge=1)

    shutdown_timeout: int = Field(default=30, ge=0)
    """Seconds in which requests under way may end."""
    seconds_unready: float = Field(default=5.0, ge=0)
    """Between saying that it is not ready and the end of accepting requests: long enough for every check to see it."""
    seconds_to_start: float = Field(default=1800.0, gt=0)
    """Loading, compiling and warming; beyond, it is started anew. The first time it fetches the model too."""
    warm_up: bool = True

    log_level: str = "INFO"
    """At ``DEBUG`` everything vLLM says is logged."""
    python: Path | None = None
    """The interpreter of the environment vLLM is in; by default the command ``vllm`` is looked for on PATH."""
    extra_arguments: list[str] = []
    """Appended as they are, a JSON list: ``["--enforce-eager"]``."""

    @property
    def name(self) -> str:
        return self.served_model_name or self.model

    @model_validator(mode="after")
    def _speculation_is_whole(self) -> "VllmSettings":
        if (self.speculative_model or self.speculative_tokens) and not self.speculative_method:
            raise ValueError("speculative_model and speculative_tokens need a speculative_method")
        if self.speculative_method and not self.speculative_tokens:
            raise ValueError("a speculative_method needs speculative_tokens")
        return self

    @model_validator(mode="after")
    def _no_argument_twice(self) -> "VllmSettings":
        taken = {f"--{name.replace('_', '-')}" for name in [*type(self).model_fields, "speculative_config"]}
        given = {argument.split("=")[0] for argument in self.extra_arguments if argument.startswith("--")}
        given |= {argument.replace("--no-", "--", 1) for argument in given}
        if twice := sorted(given & taken):
            raise ValueError(f"extra_arguments repeat what has a setting: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _two_ports(self) -> "VllmSettings":
        if self.port == self.ops_port:
            raise ValueError("port and ops_port are the same")
        return self
