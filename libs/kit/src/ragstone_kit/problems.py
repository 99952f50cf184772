"""Errors become ``application/problem+json`` here, once, for every service."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ragstone_contracts.errors import PROBLEM_MEDIA_TYPE, InvalidRequest, Problem, RagstoneError
from ragstone_kit.logs import get_logger
from ragstone_kit.tracing import current_trace_id

_log = get_logger(__name__)
_CODES = {400: "bad_request", 401: "unauthenticated", 404: "not_found", 405: "method_not_allowed"}

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request cannot be met",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    },
    "5XX": {
        "description": "The platform failed",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    },
}
"""What every route declares in its OpenAPI."""


def problem_response(error: RagstoneError) -> JSONResponse:
    headers = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:.0f}"}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    body = error.problem(current_trace_id()).model_dump()
    return JSONResponse(body, error.status, headers, PROBLEM_MEDIA_TYPE)


async def _on_ragstone_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RagstoneError)
    return problem_response(error)


async def _on_validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in errors)
    return problem_response(InvalidRequest(detail, errors=errors))


async def _on_http_exception(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = RagstoneError(str(error.detail))
    problem.status, problem.title = error.status_code, str(error.detail)
    problem.code = _CODES.get(error.status_code, "http_error")
    return problem_response(problem)


async def _on_any_other(request: Request, error: Exception) -> JSONResponse:
    _log.error("unhandled error", path=request.url.path, exc_info=error)
    return problem_response(RagstoneError("the error is in the log under this trace id"))


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RagstoneError, _on_ragstone_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_any_other)
