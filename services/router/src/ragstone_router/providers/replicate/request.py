"""A chat completion request as the input of a prediction."""

from collections.abc import Mapping
from typing import Any

from ragstone_router.errors import ModelRefused

_SAME = ("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty")
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def prediction_input(body: Mapping[str, Any]) -> dict[str, Any]:
    """Models of language take a prompt and a system prompt, and stop sequences with commas between them.

    Raises ModelRefused for what is not text.
    """
    messages = body.get("messages") or []
    system = [_text(one) for one in messages if one["role"] in ("system", "developer")]
    turns = [one for one in messages if one["role"] not in ("system", "developer")]
    made = {name: body[name] for name in _SAME if body.get(name) is not None}
    made["prompt"] = _text(turns[0]) if len(turns) == 1 else _dialogue(turns)
    if system:
        made["system_prompt"] = "\n\n".join(system)
    if most := body.get("max_completion_tokens") or body.get("max_tokens"):
        made["max_tokens"] = most
    if stop := body.get("stop"):
        made["stop_sequences"] = stop if isinstance(stop, str) else ",".join(stop)
    return made


def prediction_path(model: str) -> tuple[str, dict[str, str]]:
    """Where a prediction is made, and what its body says of the model besides: ``owner/name``, ``owner/name:version``
    or ``deployments/owner/name``."""
    if model.startswith("deployments/"):
        return f"/{model}/predictions", {}
    name, _, version = model.partition(":")
    return ("/predictions", {"version": version}) if version else (f"/models/{name}/predictions", {})


def _dialogue(turns: list[Any]) -> str:
    return "\n\n".join([*(f"{_speaker(turn)}: {_text(turn)}" for turn in turns), "Assistant:"])


def _speaker(turn: Mapping[str, Any]) -> str:
    if turn["role"] not in _SPEAKERS:
        raise ModelRefused(400, f"this model takes no message of the role '{turn['role']}'")
    return _SPEAKERS[turn["role"]]


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    if any(part.get("type") != "text" for part in content):
        raise ModelRefused(400, "this model takes text alone")
    return "".join(part["text"] for part in content)
