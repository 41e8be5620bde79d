"""Taking in a file that a browser sends: never more than is allowed, never waiting for ever, never all in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import Request
from starlette.requests import ClientDisconnect

from .errors import Refused
from .settings import MEGA, ServerSettings

SMALLER = "Scale the picture down, or save it as JPEG."


def _too_large(most: int, fix: str) -> Refused:
    size = f"{most / MEGA:.0f} MB" if most >= MEGA or fix == SMALLER else f"{most // 1000} KB"
    return Refused(413, "This file is too large.", f"At most {size} are taken.", fix)


async def receive(
    request: Request, path: Path, settings: ServerSettings, most: int | None = None, smaller: str = SMALLER
) -> None:
    """Write the body of a request to `path`. Refused when it is too large (413), empty (400), or stands still (408).

    most: bytes, `settings.most_bytes` if None; smaller: how to bring it under that.
    """
    most = settings.most_bytes if most is None else most
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(most, smaller)
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
            if size > most:
                raise _too_large(most, smaller)
            file.write(chunk)
    if not size:
        raise Refused(400, "The file is empty.", "0 bytes were sent.", "Choose the file itself.")
