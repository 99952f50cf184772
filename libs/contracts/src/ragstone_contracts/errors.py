"""The errors of the platform: typed, coded, rendered once as ``application/problem+json`` (RFC 9457).

Any layer raises a :class:`RagstoneError`; the kit renders it at the edge of a service and the clients raise it again on
the other side, so a code travels unchanged from where it happened to the person who asked.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

PROBLEM_MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """The body of an error answer."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""
    trace_id: str = ""


class RagstoneError(Exception):
    """An error with a stable ``code`` and an HTTP ``status``; subclasses fix both, instances say the ``detail``.

    ``extra`` holds further members of the problem document; ``retry_after`` is in seconds.
    """

    status = 500
    code = "internal"
    title = "Something went wrong inside Ragstone"

    def __init__(self, detail: str = "", *, retry_after: float | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after = retry_after
        self.extra = extra

    def problem(self, trace_id: str = "") -> Problem:
        return Problem(
            type=f"urn:ragstone:error:{self.code}",
            title=self.title,
            status=self.status,
            code=self.code,
            detail=self.detail,
            trace_id=trace_id,
            **self.extra,
        )


class InvalidRequest(RagstoneError):
    status, code, title = 422, "invalid_request", "The request is not valid"


class Unauthenticated(RagstoneError):
    status, code, title = 401, "unauthenticated", "No valid credentials came with the request"


class Forbidden(RagstoneError):
    status, code, title = 403, "forbidden", "The credentials do not allow this"


class NotFound(RagstoneError):
    """Also the answer for what exists but belongs to somebody else."""

    status, code, title = 404, "not_found", "There is no such thing"


class Conflict(RagstoneError):
    status, code, title = 409, "conflict", "The request does not fit the present state"


class TooLarge(RagstoneError):
    status, code, title = 413, "too_large", "The upload is over the limit"


class Unavailable(RagstoneError):
    status, code, title = 503, "unavailable", "A part of the platform cannot answer now"


class DeadlineExceeded(RagstoneError):
    status, code, title = 504, "deadline_exceeded", "The time allowed for the request ran out"


class UpstreamError(RagstoneError):
    """Another service or a model provider answered with an error that is not a problem document."""

    status, code, title = 502, "upstream_error", "A service behind this one failed"


class RemoteProblem(RagstoneError):
    """A problem document received from another service, raised again as it was."""

    def __init__(self, problem: Problem, *, retry_after: float | None = None) -> None:
        super().__init__(problem.detail, retry_after=retry_after, **(problem.model_extra or {}))
        self.status = problem.status
        self.code = problem.code
        self.title = problem.title
