"""The real llama.cpp with the real small model; runs where either is installed."""

import asyncio
import shutil
from importlib.util import find_spec

import pytest

from ragstone_contracts.errors import RagstoneError
from ragstone_inference.adapters.llama_generator import LlamaGenerator, llama_command
from ragstone_inference.model_files import ensure_writer
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.settings import ModelSettings

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None and shutil.which("llama-server") is None, reason="llama.cpp is not installed"
)


async def test_the_small_model_rewords_a_sentence() -> None:
    command = llama_command(ensure_writer(ModelSettings().models_dir), threads=2)
    assert command is not None
    generator = LlamaGenerator(ModelProcess(command), timeout=30)
    await generator.start()
    try:
        async with asyncio.timeout(60):
            answer = await _first_answer(generator)
        assert answer
    finally:
        await generator.close()


async def _first_answer(generator: LlamaGenerator) -> str:
    while True:
        try:
            return await generator.generate("Repeat the sentence.", "The sky is blue.", most_tokens=16)
        except RagstoneError:
            await asyncio.sleep(0.2)
