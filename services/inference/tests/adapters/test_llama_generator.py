"""The real llama.cpp with the real small model; runs where either is installed."""

import asyncio
import shutil
from importlib.util import find_spec

import pytest

from ragstone_inference.adapters.llama_generator import LlamaGenerator, llama_server
from ragstone_inference.errors import ModelStarting
from ragstone_inference.model_files import ensure_writer
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.settings import ModelSettings
from ragstone_inference.supervision import State

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None and shutil.which("llama-server") is None, reason="llama.cpp is not installed"
)


async def test_the_small_model_rewords_a_sentence_as_soon_as_it_is_warm() -> None:
    served = llama_server(ensure_writer(ModelSettings().models_dir), threads=2)
    assert served is not None
    process = ModelProcess(served)
    generator = LlamaGenerator(process, timeout=30)
    await generator.start()
    try:
        with pytest.raises(ModelStarting):
            await generator.generate("Repeat the sentence.", "The sky is blue.", most_tokens=16)
        async with asyncio.timeout(60):
            while process.state is not State.READY:  # noqa: ASYNC110  another process has no event to wait for
                await asyncio.sleep(0.1)

        assert await generator.generate("Repeat the sentence.", "The sky is blue.", most_tokens=16)
    finally:
        await generator.close()
