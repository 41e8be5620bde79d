"""HTTP routes under /api. Everything is named by random tokens; nothing takes a path, a file name or a URL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ...modules.brush.media import MEDIA
from ...modules.io.errors import UserError
from ...modules.paints.pigments import COMMON, PALETTES
from ...modules.plans import HABITS, PLANS
from ...modules.version import __version__
from ...pipeline.writers.step_describer import MEDIUM_WORDS
from .attachments import add_canvas, add_paints, add_plan_file
from .errors import RequestError
from .example import example_png
from .label_edits import LabelEdits
from .painting import Painting, open_painting
from .runs import Run, RunOptions
from .server_settings import ServerSettings
from .store import Store
from .take_home import TakeHome, describe_offer
from .upload import SHRINK_HINT, receive_upload
from .worker import Worker

MAX_VARIATIONS = 6
api = APIRouter(prefix="/api")


class RunBatch(BaseModel):
    """Several runs of one painting, side by side."""

    model_config = ConfigDict(extra="forbid")

    runs: list[RunOptions] = Field(min_length=1, max_length=MAX_VARIATIONS)


class ServerContext:
    """State of one server that its routes share."""

    def __init__(self, settings: ServerSettings, store: Store, worker: Worker) -> None:
        self.settings, self.store, self.worker = settings, store, worker
        self.uploads = asyncio.Semaphore(settings.max_uploads)
        self.comparing = Lock()  # comparing decodes many pictures: one comparison at a time
        self.decoding = asyncio.Semaphore(1)  # a decoded picture is large: one at a time

    @asynccontextmanager
    async def upload_folder(self) -> AsyncIterator[tuple[str, Path]]:
        """Create a token and its folder for an upload. Raises RequestError 429 when there are too many uploads."""
        if self.uploads.locked():
            raise RequestError(429, "Too many uploads at the same time.", fix="Try again in a moment.", retry_after=5)
        async with self.uploads:
            await run_in_threadpool(self.store.check_disk)
            yield self.store.new_folder()


def get_context(request: Request) -> ServerContext:
    """Return the server's state for a route."""
    context = request.app.state.context
    assert isinstance(context, ServerContext)
    return context


Context = Annotated[ServerContext, Depends(get_context)]


def get_painting(painting: str, context: Context) -> Painting:
    return context.store.painting(painting)


def get_run(run: str, context: Context) -> Run:
    return context.store.run(run)


PaintingOfPath = Annotated[Painting, Depends(get_painting)]
RunOfPath = Annotated[Run, Depends(get_run)]


@api.get("/options")
def get_options(context: Context) -> dict[str, Any]:
    """Return the choices for a run, and the limits."""
    settings = context.settings
    return {
        "version": __version__,
        "plans": list(PLANS),
        "habits": {name: habit.words for name, habit in HABITS.items()},
        "media": {name: MEDIUM_WORDS.get(name, "") for name in MEDIA},
        "palettes": {name: [COMMON[paint].short for paint in paints] for name, paints in PALETTES.items()},
        "take_home": describe_offer(),
        "most_bytes": settings.max_upload_bytes,
        "most_pixels": settings.max_upload_pixels,
        "most_plan": settings.max_plan_bytes,
        "most_frames": settings.max_frames,
        "most_work": settings.max_work,
        "most_variations": min(MAX_VARIATIONS, settings.max_queued),
        "keep": settings.expire_after,
    }


@api.post("/paintings", status_code=201)
async def upload_painting(request: Request, context: Context) -> dict[str, Any]:
    """Store the picture file in the request's body, and find its parts."""
    async with context.upload_folder() as (token, folder):
        try:
            await receive_upload(request, folder / "upload", context.settings)
            return await _add_painting(context, token, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@api.post("/paintings/example", status_code=201)
async def add_example(context: Context) -> dict[str, Any]:
    """Use the example portrait in place of an upload."""
    token, folder = context.store.new_folder()
    try:
        async with context.decoding:
            (folder / "upload").write_bytes(await run_in_threadpool(example_png))
        return await _add_painting(context, token, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _add_painting(context: ServerContext, token: str, folder: Path) -> dict[str, Any]:
    async with context.decoding:
        painting = await run_in_threadpool(open_painting, token, folder, context.settings)
    context.store.add_painting(painting)
    context.worker.segment(painting)
    return painting.to_json()


@api.get("/paintings/{painting}")
def painting_state(painting: PaintingOfPath, context: Context) -> dict[str, Any]:
    """Return the state of a painting and its runs."""
    runs = [run.to_json() for run in context.store.runs_of(painting)]
    return painting.to_json() | {"runs": runs, "corrections": [edit.model_dump() for edit in painting.edits]}


@api.delete("/paintings/{painting}", status_code=204, response_model=None)
def remove_painting(painting: PaintingOfPath, context: Context) -> None:
    """Delete a painting and its runs."""
    context.store.remove_painting(painting)


@api.get("/paintings/{painting}/picture.jpg")
def picture(painting: PaintingOfPath) -> Response:
    """Send the painting as the page shows it."""
    try:  # read before answering: it may be deleted at any moment
        data = (painting.folder / "view.jpg").read_bytes()
    except FileNotFoundError:
        raise RequestError(404, "This painting does not exist any more.", fix="Upload it again.") from None
    return Response(data, media_type="image/jpeg")


@api.get("/paintings/{painting}/labels.png")
def labels(painting: PaintingOfPath) -> Response:
    """Send the label map with its corrections as a grey PNG: pixel value = class index."""
    return Response(painting.labels_png(), media_type="image/png")


@api.put("/paintings/{painting}/edits")
async def edit(painting: PaintingOfPath, edits: LabelEdits, context: Context) -> dict[str, Any]:
    """Replace all corrections of the label map."""
    async with context.decoding:
        await run_in_threadpool(painting.set_edits, edits.edits)
        return await run_in_threadpool(painting.to_json)


@api.post("/paintings/{painting}/plans", status_code=201)
async def attach_plan_file(painting: PaintingOfPath, request: Request, context: Context) -> dict[str, Any]:
    """Attach the plan file (TOML) in the request's body, for runs of this painting."""
    limit = context.settings.max_plan_bytes
    return await _attach(painting, request, context, add_plan_file, limit, "Is it the right file?")


@api.post("/paintings/{painting}/canvases", status_code=201)
async def attach_canvas(painting: PaintingOfPath, request: Request, context: Context) -> dict[str, Any]:
    """Attach the picture in the request's body as an initial canvas for runs of this painting."""
    return await _attach(painting, request, context, add_canvas, context.settings.max_upload_bytes)


@api.post("/paintings/{painting}/paints", status_code=201)
async def attach_paints(painting: PaintingOfPath, request: Request, context: Context) -> dict[str, Any]:
    """Attach the list of paints (TOML) in the request's body, for recipes of this painting's runs."""
    limit = context.settings.max_plan_bytes
    return await _attach(painting, request, context, add_paints, limit, "Is it the right file?")


async def _attach(
    painting: Painting, request: Request, context: ServerContext,
    add: Callable[[Painting, Path, ServerSettings], dict[str, Any]], max_bytes: int, hint: str = SHRINK_HINT,
) -> dict[str, Any]:  # fmt: skip
    async with context.upload_folder() as (_, folder):
        try:
            await receive_upload(request, folder / "upload", context.settings, max_bytes, hint)
            async with context.decoding:
                return await run_in_threadpool(add, painting, folder / "upload", context.settings)
        except FileNotFoundError:
            context.store.painting(painting.token)  # deleted meanwhile: a 404
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@api.get("/paintings/{painting}/diversity")
def diversity(painting: PaintingOfPath, context: Context) -> dict[str, Any]:
    """Measure the diversity of a painting's finished runs, as `ppp run --variations` does; null for less than two."""
    from ...pipeline.diversity import spread_of

    runs = [run for run in context.store.runs_of(painting) if run.state == "done"]
    with context.comparing:
        try:
            found = spread_of([run.states() for run in runs]) if len(runs) > 1 else {}
        except (FileNotFoundError, UserError):  # a run was removed meanwhile
            why = "One of them was removed just now."
            raise RequestError(409, "The runs cannot be compared.", why, "Try again.") from None
    return {"runs": [run.token for run in runs], "spread_l1": found.get("spread_l1")}


@api.get("/paintings/{painting}/events")
async def events(
    painting: PaintingOfPath, context: Context, last_event_id: Annotated[str, Header()] = "0"
) -> StreamingResponse:
    """Stream the events of a painting and its runs (server-sent events), from where the listener left off."""
    if context.store.listeners() >= context.settings.max_listeners:
        raise RequestError(429, "Too many pages are open.", fix="Close some, then reload.", retry_after=30)
    after = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else 0
    return StreamingResponse(painting.events.read(after), media_type="text/event-stream")


@api.post("/paintings/{painting}/runs", status_code=201)
def paint(painting: PaintingOfPath, batch: RunBatch, context: Context) -> dict[str, Any]:
    """Queue runs, all of them or (429) none."""
    pixels = painting.size[0] * painting.size[1]
    context.store.check_disk(sum(options.frames for options in batch.runs) * pixels)  # about a byte for each
    runs = context.store.new_runs(painting, batch.runs)
    try:
        context.worker.paint(runs)
    except BaseException:
        for run in runs:
            context.store.discard_run(run)
        raise
    return {"runs": [run.to_json() for run in runs]}


@api.get("/runs/{run}")
def run_state(run: RunOfPath) -> dict[str, Any]:
    """Return the state of a run."""
    return run.to_json()


@api.post("/runs/{run}/files", status_code=202)
def make_files(run: RunOfPath, wanted: TakeHome, context: Context) -> dict[str, Any]:
    """Make files of a run that is done, in place of those that it has; the painted frames stay as they are."""
    if run.state != "done":
        raise RequestError(409, "There is nothing to take home yet.", f"The run is {run.state}.", "Wait for its end.")
    options = wanted.options(run.painting.shelves)
    options.video(run.options.frames)  # a 422 for what is not understood
    context.store.check_disk(sum(run.files.values()))
    context.worker.make(run, wanted)
    return run.to_json()


@api.post("/runs/{run}/cancel", status_code=202)
def cancel(run: RunOfPath, context: Context) -> dict[str, Any]:
    """Cancel a run, or the making of its files: at once while it waits, else after the current frame."""
    context.worker.cancel(run)
    return run.to_json()


@api.delete("/runs/{run}", status_code=204, response_model=None)
def remove_run(run: RunOfPath, context: Context) -> None:
    """Cancel a run and delete its files."""
    context.store.remove_run(run)


@api.get("/runs/{run}/frames/{index}.jpg")
def frame(run: RunOfPath, index: int) -> Response:
    """Send a frame as the page shows it."""
    try:
        data = run.preview(index).read_bytes() if 0 <= index < run.frames_done else None
    except FileNotFoundError:  # the run was cancelled meanwhile
        data = None
    if data is None:
        raise RequestError(404, "There is no such frame.", f"{run.frames_done} are painted.")
    # A token is never used again, and a frame never changes.
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


class RunFile(FileResponse):
    """A file of a run, which is sent whole, whatever is deleted meanwhile."""

    def __init__(self, run: Run, path: Path, name: str, reading: ExitStack) -> None:
        super().__init__(path, filename=name)
        self.reading = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self.reading.close)


@api.get("/runs/{run}/files/{name}")
def result_file(run: RunOfPath, name: str) -> FileResponse:
    """Send a file of the result, or all of them as one archive."""
    with ExitStack() as reading:
        reading.enter_context(run.reading())
        try:
            path = run.file(name)
        except FileNotFoundError:  # deleted while it was packed
            path = None
        if path is None or not path.exists():
            raise RequestError(404, "There is no such file.", f"The run is {run.state}.")
        return RunFile(run, path, name, reading.pop_all())
    raise AssertionError
