"""What litellm raises, as ours."""

from typing import Any

from ragstone_contracts.errors import DeadlineExceeded, Unavailable, UpstreamError
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.providers.failures import CONTENT_REFUSED, CONTEXT_OVERFLOW, failure_reason, retry_after


def failure_of(sdk: Any, error: Exception) -> DeploymentFailed | ModelRefused:
    """The status it gives an error is its own guess; what the vendor said is looked at as any vendor's."""
    said = str(getattr(error, "message", error))[:500]
    if isinstance(error, sdk.exceptions.ContextWindowExceededError):
        return DeploymentFailed(CONTEXT_OVERFLOW, UpstreamError(said))
    if isinstance(error, sdk.exceptions.ContentPolicyViolationError):
        return DeploymentFailed(CONTENT_REFUSED, UpstreamError(said))
    if isinstance(error, sdk.exceptions.Timeout):
        return DeploymentFailed("timeout", DeadlineExceeded(said))
    status = getattr(error, "status_code", None)
    if isinstance(error, sdk.exceptions.APIConnectionError) or not isinstance(status, int):
        return DeploymentFailed("unreachable", Unavailable(said))
    if reason := failure_reason(status, said.encode()):
        return DeploymentFailed(reason, UpstreamError(said), _retry_after(error))
    return ModelRefused(status, said)


def _retry_after(error: Exception) -> float | None:
    headers = getattr(error, "litellm_response_headers", None) or getattr(error.__cause__, "headers", None) or {}
    return retry_after({str(name).lower(): str(value) for name, value in headers.items()})
