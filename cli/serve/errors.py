"""What goes wrong, said to a browser as it is said on the command line: what, why, how to fix it."""

from __future__ import annotations

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ...modules.io.errors import PPPError, UserError
from ..errors import explain


class Refused(UserError):
    """A request that is refused with an HTTP status of its own."""

    def __init__(self, status: int, what: str, why: str = "", fix: str = "", retry_after: int | None = None) -> None:
        super().__init__(what, why, fix)
        self.status, self.retry_after = status, retry_after


def error_body(error: PPPError) -> dict[str, dict[str, str]]:
    """{"error": {"what", "why", "fix"}}, the form of every error of the server."""
    return {"error": {"what": error.what, "why": error.why, "fix": error.fix}}


def error_response(error: PPPError) -> JSONResponse:
    """Status 4xx for what is the asker's, 500 for what is ours."""
    status = getattr(error, "status", 422 if isinstance(error, UserError) else 500)
    wait = getattr(error, "retry_after", None)
    return JSONResponse(error_body(error), status, {"Retry-After": str(wait)} if wait else None)


async def on_problem(request: Request, error: Exception) -> JSONResponse:
    """Any exception that reaches the top of a request."""
    return error_response(explain(error))


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """A body or a path that is not of the form the server understands."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = " ".join(str(part) for part in first["loc"] if part != "body")
    if first["type"] == "json_invalid":
        return error_response(Refused(400, "The request is not understood.", "Its body is not JSON."))
    return error_response(
        UserError("The request is not understood.", f"{where or 'body'}: {first['msg'].removeprefix('Value error, ')}.")
    )


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """Addresses and methods that do not exist."""
    assert isinstance(error, HTTPException)
    what = {404: "There is nothing at this address.", 405: "This address does not take that method."}
    fix = "Open the page again from its first address." if error.status_code == 404 else ""
    response = error_response(Refused(error.status_code, what.get(error.status_code, str(error.detail)), fix=fix))
    response.headers.update(error.headers or {})
    return response
