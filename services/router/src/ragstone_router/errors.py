"""What can go wrong here, by code, and how an OpenAI client is told."""

from fastapi import Request, Response

from ragstone_contracts.errors import NotFound, RagstoneError, Unauthenticated
from ragstone_kit.problems import problem_response


class UnknownModel(NotFound):
    code, title = "unknown_model", "There is no such model"


class ModelRefused(RagstoneError):
    """The model's server found the request at fault; another one would as well."""

    status, code, title = 400, "model_refused", "The model refused the request"

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class DeploymentFailed(Exception):
    """One deployment gave no answer, for a ``reason`` in a word; ``error`` is what a caller is told if none does.

    ``retry_after`` is how long, in seconds, it wants to be left alone.
    """

    def __init__(self, reason: str, error: RagstoneError, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.retry_after = retry_after


def openai_error(error: RagstoneError) -> dict[str, str]:
    """The ``error`` object of the OpenAI wire."""
    kind = "server_error"
    if isinstance(error, Unauthenticated):
        kind = "authentication_error"
    elif error.status < 500:
        kind = "invalid_request_error"
    return {"message": error.detail, "type": kind, "code": error.code}


def error_response(error: RagstoneError) -> Response:
    """A problem document that OpenAI clients understand too."""
    error.extra = {**error.extra, "error": openai_error(error)}
    return problem_response(error)


async def on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RagstoneError)
    return error_response(error)
