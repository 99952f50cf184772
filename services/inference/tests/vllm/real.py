"""The real vLLM on the CPU, with a tiny model of random weights: ``make vllm-cpu``, 3.5 GB and minutes the first time.

Not collected by default: the file is named on the command line, and the environment is the target's.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import ModelSettings

PYTHON = Path(__file__).resolve().parents[4] / ".cache" / "vllm" / "bin" / "python"
PORT, OPS_PORT, KEY = 18400, 18401, "sk-of-the-house"
_CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "vocab_size": 30528,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "torch_dtype": "bfloat16",
    "bos_token_id": 101,
    "eos_token_id": 102,
}
_ON_A_CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "2",
    "HF_HUB_OFFLINE": "1",
}
# Everything that has a setting, as far as a CPU and this model can take it.
_SETTINGS = {
    "PYTHON": str(PYTHON),
    "SERVED_MODEL_NAME": "tiny",
    "API_KEY": KEY,
    "PORT": str(PORT),
    "OPS_PORT": str(OPS_PORT),
    "DTYPE": "bfloat16",
    "KV_CACHE_DTYPE": "auto",
    "TENSOR_PARALLEL_SIZE": "1",
    "MAX_MODEL_LEN": "256",
    "GPU_MEMORY_UTILIZATION": "0.3",
    "MAX_NUM_SEQS": "8",
    "MAX_NUM_BATCHED_TOKENS": "512",
    "MAX_NUM_QUEUED_REQS": "64",
    "TOOL_CALL_PARSER": "hermes",
    "REASONING_PARSER": "qwen3",
    "SPECULATIVE_METHOD": "ngram",
    "SPECULATIVE_TOKENS": "2",
    "SHUTDOWN_TIMEOUT": "60",
    "SECONDS_UNREADY": "1",
    "EXTRA_ARGUMENTS": '["--load-format", "dummy", "--enforce-eager"]',
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A Llama of two layers, with the tokenizer of the embedder."""
    tokenizer = ensure_models(ModelSettings().models_dir).embedder.tokenizer
    (tmp_path / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    (tmp_path / "config.json").write_bytes(orjson.dumps(_CONFIG))
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "pad_token": "[PAD]"}
    (tmp_path / "tokenizer_config.json").write_bytes(orjson.dumps(described))
    return tmp_path


@pytest.fixture
async def manager(model: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {f"RAGSTONE_VLLM__{name}": value for name, value in (_SETTINGS | {"MODEL": str(model)}).items()}
    environment = os.environ | _ON_A_CPU | settings
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ragstone_inference.vllm", env=environment)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _status(session: aiohttp.ClientSession, path: str) -> int:
    try:
        async with session.get(f"http://127.0.0.1:{OPS_PORT}{path}") as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


async def _until(session: aiohttp.ClientSession, path: str, status: int) -> None:
    async with asyncio.timeout(600):
        while await _status(session, path) != status:  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.2)


async def _streamed(session: aiohttp.ClientSession, tokens: int) -> list[bytes]:
    body = {"model": "tiny", "prompt": "a stone lies", "max_tokens": tokens, "ignore_eos": True, "stream": True}
    url, headers = f"http://127.0.0.1:{PORT}/v1/completions", {"authorization": f"Bearer {KEY}"}
    async with session.post(url, json=body, headers=headers) as answer:
        return [line.strip() async for line in answer.content if line.startswith(b"data: ")]


@pytest.mark.timeout(900)
async def test_vllm_takes_every_setting_and_ends_no_stream_when_it_drains(manager: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as session:
        await _until(session, "/readyz", 200)
        async with session.post(f"http://127.0.0.1:{PORT}/v1/completions", json={"model": "tiny"}) as refused:
            assert refused.status == 401
        async with session.get(f"http://127.0.0.1:{OPS_PORT}/metrics") as metrics:
            text = await metrics.text()
        assert 'vllm:num_requests_waiting{engine="0",model_name="tiny"}' in text
        assert 'ragstone_model_process_ready{model="vllm"} 1.0' in text

        streams = [asyncio.create_task(_streamed(session, 200)) for _ in range(4)]
        await asyncio.sleep(0.3)
        manager.send_signal(signal.SIGTERM)
        await _until(session, "/readyz", 503)

        for lines in await asyncio.gather(*streams):
            assert lines[-1] == b"data: [DONE]"
        async with asyncio.timeout(90):
            assert await manager.wait() == 0
