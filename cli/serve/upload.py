"""Receiving uploads: streamed to disk, with limits on size and on pauses."""

import asyncio
from pathlib import Path

from fastapi import Request
from starlette.requests import ClientDisconnect

from .errors import RequestError
from .server_settings import MEGA, ServerSettings

SHRINK_HINT = "Scale the picture down, or save it as JPEG."


async def receive_upload(
    request: Request, path: Path, settings: ServerSettings, max_bytes: int | None = None, hint: str = SHRINK_HINT
) -> None:
    """Write the body of a request to `path`.

    Args:
        max_bytes: size limit; None means `settings.max_upload_bytes`.
        hint: how to make the file smaller.

    Raises:
        RequestError: the upload is too large (413), empty (400), broken off (400), or stands still (408).
    """
    max_bytes = settings.max_upload_bytes if max_bytes is None else max_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes, hint)
    size = 0
    chunks = request.stream().__aiter__()
    with path.open("wb") as file:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks, None), settings.upload_timeout)
            except TimeoutError:
                raise RequestError(408, "The upload stopped halfway.", fix="Send the file again.") from None
            except ClientDisconnect:
                raise RequestError(400, "The upload was broken off.", fix="Send the file again.") from None
            if chunk is None:
                break
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes, hint)
            file.write(chunk)
    if not size:
        raise RequestError(400, "The file is empty.", "0 bytes were sent.", "Choose the file itself.")


def _too_large(max_bytes: int, hint: str) -> RequestError:
    size = f"{max_bytes / MEGA:.0f} MB" if max_bytes >= MEGA or hint == SHRINK_HINT else f"{max_bytes // 1000} KB"
    return RequestError(413, "This file is too large.", f"The limit is {size}.", hint)
