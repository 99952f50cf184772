"""What a failure means: for the deployment, and for whoever asked."""

from ragstone_contracts.errors import RagstoneError, Unavailable, UpstreamError
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.providers.failures import CONTENT_REFUSED, CONTEXT_OVERFLOW
from ragstone_router.routing.route import Plan

OF_THE_REQUEST = frozenset({CONTEXT_OVERFLOW, CONTENT_REFUSED})
"""Failures that say nothing of how the deployment fares."""
_COME_AGAIN = frozenset({"http_429", "http_503", "http_529"})


def told(failure: DeploymentFailed) -> RagstoneError:
    """What the caller is told when nobody else answers: whether it makes sense to come again, and when."""
    if failure.reason in OF_THE_REQUEST:
        return ModelRefused(400, failure.error.detail)
    if failure.reason in _COME_AGAIN and isinstance(failure.error, UpstreamError):
        return Unavailable(failure.error.detail, retry_after=failure.retry_after)
    return failure.error


def nobody(plan: Plan) -> RagstoneError:
    """What is told when there is nobody to ask."""
    why = ", ".join(f"{name} ({reason})" for name, reason in plan.left_out)
    if why and all(reason in ("incapable", CONTEXT_OVERFLOW) for _, reason in plan.left_out):
        return ModelRefused(400, f"no model of the route can take this request: {why}")
    return Unavailable("no model of the route can answer this request")
