"""Who may talk to the server: its own page and programs of its own computer, and no other web page.

A page from elsewhere that is open in the same browser can send requests to 127.0.0.1, too. Three checks refuse it: the
`Host` (a name that somebody made point here, DNS rebinding), the `Origin` and `Sec-Fetch-Site` that browsers add.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import Refused, error_response

# Everything comes from this server; no script or style inside the page's text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
CACHE = "no-store"  # paintings are private; what is worth keeping says so itself


def host_name(host: str) -> str | None:
    """The name in a `Host` header, lower case, without port and brackets; None when it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    return parts.hostname if parts.hostname and not parts.path and parts.username is None else None


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a `Host` header means this server: localhost, any literal address (none can be rebound), or `names`."""
    name = host_name(host)
    if name is None:
        return False
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def refusal(method: str, path: str, headers: Headers, names: Iterable[str]) -> Refused | None:
    """Why a request is not answered, or None."""
    host = headers.get("host", "")
    if not is_ours(host, names):
        return Refused(
            421, "This server does not go by that name.", f"The request was for {host[:100]!r}.",
            "Open it by its address, or start it with --allow-host NAME.",
        )  # fmt: skip
    other = "Another web page may not use this server."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return Refused(403, other, f"The request came from {origin[:100]!r}.")
    site = headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none") and not (method == "GET" and path == "/"):  # a link to the page is fine
        return Refused(403, other, f"The request was {site[:20]}.")
    return None


class AccessControl:
    """Middleware: refuses what is not ours, and puts the headers of safety on every answer."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...] = ()) -> None:
        self.app, self.names = app, tuple(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def safe_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", CACHE)
            await send(message)

        refused = refusal(scope["method"], scope["path"], Headers(scope=scope), self.names)
        await (error_response(refused) if refused else self.app)(scope, receive, safe_send)
