"""The exact command and environment. The flags are those of vLLM 0.32; ``real.py`` gives them to vLLM itself."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ragstone_inference.vllm.__main__ import rendered
from ragstone_inference.vllm.launch import command, environment
from ragstone_inference.vllm.settings import VllmSettings


def _settings(**given: Any) -> VllmSettings:
    return VllmSettings(**{"model": "Qwen/Qwen2.5-7B-Instruct"} | given)


def test_what_is_not_set_is_left_to_vllm_and_what_matters_is_said() -> None:
    assert shlex.join(command(_settings())) == (
        "vllm serve Qwen/Qwen2.5-7B-Instruct --host 127.0.0.1 --port 8000 --dtype auto --kv-cache-dtype auto"
        " --tensor-parallel-size 1 --gpu-memory-utilization 0.9 --shutdown-timeout 30"
        " --enable-prefix-caching --enable-chunked-prefill"
    )


def test_every_setting_becomes_its_argument() -> None:
    settings = _settings(
        served_model_name="writer",
        dtype="bfloat16",
        quantization="fp8",
        kv_cache_dtype="fp8",
        tensor_parallel_size=2,
        max_model_len=32768,
        gpu_memory_utilization=0.85,
        max_num_seqs=128,
        max_num_batched_tokens=8192,
        max_num_queued_reqs=256,
        enable_prefix_caching=False,
        enable_chunked_prefill=False,
        tool_call_parser="hermes",
        reasoning_parser="qwen3",
        speculative_method="eagle3",
        speculative_model="a/draft",
        speculative_tokens=3,
        shutdown_timeout=60,
        extra_arguments=["--enforce-eager"],
    )

    assert shlex.join(command(settings)) == (
        "vllm serve Qwen/Qwen2.5-7B-Instruct --host 127.0.0.1 --port 8000 --served-model-name writer --dtype bfloat16"
        " --quantization fp8 --kv-cache-dtype fp8 --tensor-parallel-size 2 --max-model-len 32768"
        " --gpu-memory-utilization 0.85 --max-num-seqs 128 --max-num-batched-tokens 8192 --max-num-queued-reqs 256"
        " --tool-call-parser hermes --reasoning-parser qwen3 --shutdown-timeout 60"
        " --no-enable-prefix-caching --no-enable-chunked-prefill --enable-auto-tool-choice --speculative-config"
        """ '{"method":"eagle3","num_speculative_tokens":3,"model":"a/draft"}' --enforce-eager"""
    )


def test_the_key_is_in_the_environment_and_in_no_command() -> None:
    settings = _settings(api_key="sk-of-the-house")

    assert environment(settings)["VLLM_API_KEY"] == "sk-of-the-house"
    assert "sk-of-the-house" not in shlex.join(command(settings)) + rendered(settings, "yaml")


def test_it_tells_nobody_that_it_runs() -> None:
    assert environment(_settings()) == {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def test_an_interpreter_of_another_environment_runs_its_module(tmp_path: Path) -> None:
    python = tmp_path / "python"

    assert command(_settings(python=python))[:5] == [
        str(python),
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        "Qwen/Qwen2.5-7B-Instruct",
    ]


def test_for_a_container_the_arguments_are_rendered_as_a_list_of_yaml() -> None:
    settings = _settings(speculative_method="ngram", speculative_tokens=4, extra_arguments=["--note", "it's"])

    listed = yaml.safe_load(rendered(settings, "yaml"))

    assert listed == ["--model", *command(settings)[2:]]
    assert shlex.split(rendered(settings, "shell")) == command(settings)


def test_the_composed_cluster_starts_vllm_with_the_same() -> None:
    compose = yaml.safe_load((Path(__file__).resolve().parents[4] / "docker-compose.yml").read_text())
    vllm = compose["services"]["vllm"]
    model = "${VLLM_MODEL:-Qwen/Qwen2.5-7B-Instruct}"

    assert vllm["command"] == yaml.safe_load(rendered(_settings(model=model, host="0.0.0.0"), "yaml"))
    assert environment(_settings()).items() <= vllm["environment"].items()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"gpu_memory_utilization": 1.5}, "less than or equal to 1"),
        ({"tensor_parallel_size": 0}, "greater than or equal to 1"),
        ({"speculative_tokens": 3}, "need a speculative_method"),
        ({"speculative_method": "ngram"}, "needs speculative_tokens"),
        ({"extra_arguments": ["--max-model-len=4"]}, "--max-model-len"),
        ({"extra_arguments": ["--no-enable-prefix-caching"]}, "--enable-prefix-caching"),
        ({"extra_arguments": ["--api-key", "x"]}, "--api-key"),
        ({"ops_port": 8000}, "the same"),
        ({"max_modle_len": 4}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        _settings(**wrong)


def test_a_refusal_does_not_show_the_key() -> None:
    with pytest.raises(ValidationError) as caught:
        _settings(api_key="sk-of-the-house", ops_port=8000)

    assert "sk-of-the-house" not in str(caught.value)
