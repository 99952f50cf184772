"""One trace through every hop: spans by OpenTelemetry, carried on in W3C ``traceparent`` headers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("ragstone")


def configure_tracing() -> None:
    """Make spans real in this process; a second call changes nothing."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider(resource=Resource({"service.namespace": "ragstone"})))


@contextmanager
def span(name: str, headers: Mapping[str, str] | None = None) -> Iterator[Span]:
    """A span around a piece of work; with ``headers`` it continues the trace they carry."""
    parent = None if headers is None else _propagator.extract(headers)
    with trace.use_span(_tracer.start_span(name, parent), end_on_exit=True) as current:
        yield current


def annotate(attributes: Mapping[str, str | bool | int | float]) -> None:
    """Say something of the present span; nothing happens outside any."""
    current = trace.get_current_span()
    if current.is_recording():
        current.set_attributes(attributes)


def trace_headers() -> dict[str, str]:
    """The headers that carry the present trace to the next service."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier


def current_trace_id() -> str:
    """The present trace id as 32 hexadecimal digits, or an empty string outside any trace."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""
