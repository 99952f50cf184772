"""Loading litellm: seconds of work, done beside the event loop and only when a route needs it."""

import asyncio
import gc
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.settings import litellm_environment

_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


def must_be_installed() -> None:
    """Raises InvalidRequest."""
    if find_spec("litellm") is None:
        raise InvalidRequest("this kind of provider needs the extra 'litellm' of ragstone-router to be installed")


class Sdk:
    """The SDK, once it is loaded. Others wait for the same load."""

    def __init__(self) -> None:
        self._loaded: Any = None
        self._lock = asyncio.Lock()

    async def get(self) -> Any:
        if self._loaded is None:
            async with self._lock:
                self._loaded = self._loaded or await asyncio.to_thread(_load_undisturbed)
        return self._loaded


def _load_undisturbed() -> Any:
    """Collecting garbage among what is being loaded holds everybody up: without, the longest wait is less than half."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return _load()
    finally:
        gc.freeze()  # it stays for good, so that it need not be looked through again
        if collects:
            gc.enable()


def _load() -> Any:
    """With nothing that would call elsewhere or repeat a call: prices, retries and logs are ours."""
    litellm_environment()
    sdk: Any = import_module("litellm")
    sdk.telemetry = False
    sdk.suppress_debug_info = True
    sdk.turn_off_message_logging = True
    sdk.disable_hf_tokenizer_download = True
    sdk.callbacks, sdk.success_callback, sdk.failure_callback = [], [], []
    sdk.num_retries = 0
    sdk.drop_params = True
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return sdk
