"""Asking servers of streamed answers to count them: most do so only for those who ask."""

from collections.abc import Mapping
from dataclasses import replace

from ragstone_router.ask import CHAT, Ask


def asks_to_count(ask: Ask) -> bool:
    """Whether the client wants the chunk that says how many tokens a streamed answer took."""
    options = ask.body.get("stream_options")
    return isinstance(options, Mapping) and bool(options.get("include_usage"))


def counted(ask: Ask) -> Ask:
    """The request as it goes to the model: a streamed chat is to be counted, whether the client asks or not."""
    if ask.path != CHAT or not ask.streams or asks_to_count(ask):
        return ask
    options = ask.body.get("stream_options")
    known = options if isinstance(options, Mapping) else {}
    return replace(ask, body={**ask.body, "stream_options": {**known, "include_usage": True}})
