"""Taking in a file that a browser sends: never more than is allowed, never waiting for ever, never all in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import Request
from starlette.requests import ClientDisconnect

from .errors import Refused
from .settings import MEGA, Settings


def _too_large(settings: Settings) -> Refused:
    return Refused(
        413,
        "This file is too large.",
        f"At most {settings.most_bytes / MEGA:.0f} MB are taken.",
        "Scale the picture down, or save it as JPEG.",
    )


async def receive(request: Request, path: Path, settings: Settings) -> None:
    """Write the body of a request to `path`. Refused when it is too large (413), empty (400), or stands still (408)."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > settings.most_bytes:
        raise _too_large(settings)
    size = 0
    chunks = request.stream().__aiter__()
    with path.open("wb") as file:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks, None), settings.upload_pause)
            except TimeoutError:
                raise Refused(408, "The upload stopped halfway.", fix="Send the file again.") from None
            except ClientDisconnect:
                raise Refused(400, "The upload was broken off.", fix="Send the file again.") from None
            if chunk is None:
                break
            size += len(chunk)
            if size > settings.most_bytes:
                raise _too_large(settings)
            file.write(chunk)
    if not size:
        raise Refused(400, "The file is empty.", "0 bytes were sent.", "Choose the picture file itself.")
