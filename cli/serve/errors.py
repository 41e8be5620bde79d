"""HTTP error responses: every error is JSON with what failed, why, and how to fix it."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ...modules.io.errors import PPPError, UserError
from ..errors import explain


class RequestError(UserError):
    """A rejected request with its HTTP status."""

    def __init__(self, status: int, what: str, why: str = "", fix: str = "", retry_after: int | None = None) -> None:
        super().__init__(what, why, fix)
        self.status, self.retry_after = status, retry_after


def error_body(error: PPPError) -> dict[str, dict[str, str]]:
    """Return {"error": {"what", "why", "fix"}}, the format of every error of the server."""
    return {"error": {"what": error.what, "why": error.why, "fix": error.fix}}


def error_response(error: PPPError) -> JSONResponse:
    """Return the response for an error: status 4xx for bad requests, 500 for failures of the server."""
    status = getattr(error, "status", 422 if isinstance(error, UserError) else 500)
    wait = getattr(error, "retry_after", None)
    return JSONResponse(error_body(error), status, {"Retry-After": str(wait)} if wait else None)


async def handle_error(request: Request, error: Exception) -> JSONResponse:
    """Answer any exception that reaches the top of a request."""
    return error_response(explain(error))


async def handle_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose body or path does not match its declared schema."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = " ".join(str(part) for part in first["loc"] if part != "body")
    if first["type"] == "json_invalid":
        return error_response(RequestError(400, "The request is invalid.", "Its body is not JSON."))
    return error_response(
        UserError("The request is invalid.", f"{where or 'body'}: {first['msg'].removeprefix('Value error, ')}.")
    )


async def handle_http_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a request to an address or with a method that does not exist."""
    assert isinstance(error, HTTPException)
    what = {404: "There is nothing at this address.", 405: "This address does not accept that method."}
    fix = "Open the page again from its first address." if error.status_code == 404 else ""
    response = error_response(RequestError(error.status_code, what.get(error.status_code, str(error.detail)), fix=fix))
    response.headers.update(error.headers or {})
    return response
