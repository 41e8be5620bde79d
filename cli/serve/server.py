"""The ASGI application: page, routes, worker and store, and their shutdown."""

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
from .errors import handle_error, handle_http_error, handle_invalid_request
from .request_limits import RequestLimits
from .routes import ServerContext, api
from .server_settings import ServerSettings
from .store import Store
from .worker import Worker

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline

PAGE = Path(__file__).parent / "page"
MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
CLEANUP_INTERVAL = 5.0  # seconds


def create_app(
    load: Callable[[], Pipeline],
    settings: ServerSettings | None = None,
    on_failure: Callable[[PPPError], None] = lambda error: None,
) -> FastAPI:
    """Create the server as an ASGI application; `load` and `on_failure` as in `Worker`."""
    settings = settings or ServerSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        worker = Worker(load, settings.max_queued, on_failure)
        store = Store(settings, worker.cancel)
        app.state.context = ServerContext(settings, store, worker)
        worker.start()
        cleanup = asyncio.create_task(_clean_up(store))
        try:
            yield
        finally:
            cleanup.cancel()
            await run_in_threadpool(worker.stop)
            store.close()

    app = FastAPI(
        title="Painting Process Predict", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.include_router(api)
    # One route for each file that exists now: a request can name no other.
    for file in sorted(PAGE.iterdir()):
        if file.suffix in MEDIA_TYPES:
            app.add_api_route(
                "/" if file.name == "index.html" else f"/{file.name}", _file_route(file), include_in_schema=False
            )
    app.add_exception_handler(RequestValidationError, handle_invalid_request)
    app.add_exception_handler(HTTPException, handle_http_error)
    app.add_exception_handler(PPPError, handle_error)
    app.add_exception_handler(Exception, handle_error)
    app.add_middleware(RequestLimits, settings=settings)
    app.add_middleware(AccessControl, allowed_hosts=settings.allowed_hosts, token=settings.token)
    return app


def _file_route(file: Path) -> Callable[[], FileResponse]:
    # "no-cache": revalidated each time, so that another version of ppp never meets an old page.
    return lambda: FileResponse(file, media_type=MEDIA_TYPES[file.suffix], headers={"Cache-Control": "no-cache"})


async def _clean_up(store: Store) -> None:
    while True:
        await asyncio.sleep(CLEANUP_INTERVAL)
        await run_in_threadpool(store.remove_expired)
        await run_in_threadpool(trim_memory)


def trim_memory() -> None:
    """Return freed memory to the system.

    glibc keeps it in a heap for every thread that ever decoded a picture, so that a server that runs for weeks would
    grow; other systems do this by themselves.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library that is not glibc
            ctypes.CDLL(None).malloc_trim(0)
