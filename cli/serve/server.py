"""The server: page, addresses, worker and store put together, and taken apart again at the end."""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ...modules.io.errors import PPPError
from ...modules.version import __version__
from .access_control import AccessControl
from .errors import on_http, on_invalid, on_problem
from .routes import Studio, api
from .settings import ServerSettings
from .store import Store
from .worker import Worker

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
TIDY = 5.0  # seconds between two looks for what can go


def create_app(
    load: Callable[[], Pipeline],
    settings: ServerSettings | None = None,
    failed: Callable[[PPPError], None] = lambda error: None,
) -> FastAPI:
    """The server as an ASGI application. load: makes the pipeline; failed: is told when that does not work."""
    settings = settings or ServerSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        worker = Worker(load, settings.waiting, failed)
        store = Store(settings, worker.cancel)
        app.state.studio = Studio(settings, store, worker)
        worker.start()
        tidying = asyncio.create_task(_tidy(store))
        try:
            yield
        finally:
            tidying.cancel()
            await run_in_threadpool(worker.stop)
            store.close()

    app = FastAPI(
        title="Painting Process Predict", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.include_router(api)
    # Looked up in a table made now: a request can name nothing else.
    for file in sorted(PAGE.iterdir()):
        if file.suffix in TYPES:
            app.add_api_route(
                "/" if file.name == "index.html" else f"/{file.name}", _sender(file), include_in_schema=False
            )
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(PPPError, on_problem)
    app.add_exception_handler(Exception, on_problem)
    app.add_middleware(AccessControl, names=settings.names)
    return app


def _sender(file: Path) -> Callable[[], FileResponse]:
    # "no-cache": kept, but asked for each time, so that another version of ppp never meets an old page.
    return lambda: FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": "no-cache"})


async def _tidy(store: Store) -> None:
    while True:
        await asyncio.sleep(TIDY)
        await run_in_threadpool(store.tidy)
        await run_in_threadpool(give_back_memory)


def give_back_memory() -> None:
    """Hand what was freed back to the system. glibc keeps it in a heap of its own for every thread that ever decoded a
    picture, and a server that runs for weeks would grow with each; other systems do this by themselves."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library that is not glibc
            ctypes.CDLL(None).malloc_trim(0)
