"""Structured logs: one event a line, with the trace id of the request it belongs to."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from ragstone_kit.tracing import current_trace_id

_SECRET_KEYS = ("secret", "password", "token", "authorization", "api_key", "cookie")


def _add_trace_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if trace_id := current_trace_id():
        event["trace_id"] = trace_id
    return event


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.lower() for word in _SECRET_KEYS):
            event[key] = "[redacted]"
    return event


def configure_logs(level: str = "INFO", *, json: bool | None = None) -> None:
    """Send logs to standard error: for people on a terminal, as JSON lines elsewhere unless ``json`` says."""
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _add_trace_id,
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # looked up at each call: it may be replaced
    )


def get_logger(name: str) -> Any:
    return structlog.get_logger(source=name)
