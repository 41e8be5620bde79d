"""Access control: only the server's own page and programs on its own computer are answered, no other web page.

A page from elsewhere that is open in the same browser can send requests to 127.0.0.1, too. Three checks reject it: the
`Host` (a name that somebody made point here, DNS rebinding), and the `Origin` and `Sec-Fetch-Site` that browsers add.
Starlette's TrustedHostMiddleware knows neither IPv6 nor a rule for literal addresses. Beyond this computer a token is
needed, too: in the address that `ppp serve` prints, which leaves it as a cookie.
"""

import ipaddress
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import RequestError, error_response

# Everything comes from this server; no inline scripts or styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
CACHE_CONTROL = "no-store"  # paintings are private; responses that may be cached set their own


def host_name(host: str) -> str | None:
    """Parse a `Host` header: the name in lower case, without port and brackets; None for an invalid one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for an invalid port
    except ValueError:
        return None
    return parts.hostname if parts.hostname and not parts.path and parts.username is None else None


def is_allowed_host(host: str, allowed_hosts: Iterable[str]) -> bool:
    """Return whether a `Host` header is localhost, a literal address (which cannot be rebound), or an allowed name."""
    name = host_name(host)
    if name is None:
        return False
    if name == "localhost" or name in allowed_hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def check_request(method: str, path: str, headers: Headers, allowed_hosts: Iterable[str]) -> RequestError | None:
    """Return the error of a request that must not be answered, or None."""
    host = headers.get("host", "")
    if not is_allowed_host(host, allowed_hosts):
        return RequestError(
            421, "This server does not accept this host name.", f"The request was for {host[:100]!r}.",
            "Open it by its address, or start it with --allow-host NAME.",
        )  # fmt: skip
    other = "Another web page may not use this server."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return RequestError(403, other, f"The request came from {origin[:100]!r}.")
    site = headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none") and not (method == "GET" and path == "/"):  # a link to the page is fine
        return RequestError(403, other, f"The request was {site[:20]}.")
    return None


def find_token(scope: Scope, cookie: str) -> tuple[str, bool]:
    """Find the token of a request, and whether it stands in the address: there, in the `cookie`, or as bearer."""
    headers = Headers(scope=scope)
    for given in parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", []):
        return given, True
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip(), False
    return cookie_parser(headers.get("cookie", "")).get(cookie, ""), False


class AccessControl:
    """Middleware that rejects foreign requests, those without the token, and adds security headers to every response.

    token: what every request has to bring; "" for none.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: tuple[str, ...] = (), token: str = "") -> None:
        self.app, self.allowed_hosts = app, tuple(name.lower() for name in allowed_hosts)
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", CACHE_CONTROL)
            await send(message)

        error = check_request(scope["method"], scope["path"], Headers(scope=scope), self.allowed_hosts)
        answer = error_response(error) if error else self._check_token(scope) if self.token else None
        await (answer or self.app)(scope, receive, send_with_headers)

    def _check_token(self, scope: Scope) -> ASGIApp | None:
        """Return the answer to a request without the token; and to the page's address with it, one that leaves it."""
        # Cookies are shared by all servers of one host; their ports tell them apart.
        cookie = f"ppp-token-{(scope.get('server') or ('', 0))[1]}"
        given, in_address = find_token(scope, cookie)
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return error_response(
                RequestError(
                    401, "This server wants its token.", "The request has none, or another one.",
                    "Open the whole address that `ppp serve` printed.",
                )
            )  # fmt: skip
        if not in_address or scope["path"] != "/":
            return None
        page = RedirectResponse("/", 303)
        page.set_cookie(cookie, self.token, httponly=True, samesite="lax")
        return page
