"""Limits of every request: the bytes of its body, the time in which they have to come, and the time to take an answer.

Uploads have limits of their own bytes (`upload.py`); all others are small JSON. A client that sends or reads a little
now and then would hold its place for ever, and others none would be left.
"""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import RequestError, error_response
from .server_settings import ServerSettings

UPLOADS = ("/api/paintings", "/plans", "/canvases", "/paints")  # ends of the addresses that take files


class RequestLimits:
    """Middleware that ends a request which is too large or too slow."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        settings, started = self.settings, time.monotonic()
        uploads = scope["method"] == "POST" and scope["path"].endswith(UPLOADS)
        most = settings.max_upload_bytes if uploads else settings.max_json_bytes
        too_large = RequestError(413, "The request is too large.", f"The limit is {most // 1000} KB.")
        announced = Headers(scope=scope).get("content-length", "")
        if not uploads and announced.isdigit() and int(announced) > most:
            await error_response(too_large)(scope, receive, send)
            return
        received, complete, answering = 0, False, False
        failure: RequestError | None = None

        async def limited_receive() -> Message:
            nonlocal received, complete, failure
            if complete:  # what is waited for now is that the client goes away
                return await receive()
            left = settings.upload_timeout + received / settings.min_upload_rate - (time.monotonic() - started)
            try:
                message = await asyncio.wait_for(receive(), max(left, 0))
            except TimeoutError:
                failure = RequestError(408, "The upload stopped halfway.", "It was too slow.", "Send it again.")
                raise failure from None
            received += len(message.get("body", b""))
            complete = message["type"] != "http.request" or not message.get("more_body", False)
            if received > most and not uploads:
                failure = too_large
                raise failure
            return message

        async def limited_send(message: Message) -> None:
            nonlocal answering
            if failure is None or answering:
                answering = True
                await asyncio.wait_for(send(message), settings.send_timeout)

        try:
            await self.app(scope, limited_receive, limited_send)
        except RequestError as error:
            if error is not failure:
                raise
        if failure is not None and not answering:
            response = error_response(failure)
            response.headers["Connection"] = "close"  # the rest of the body is not read
            await response(scope, receive, send)
