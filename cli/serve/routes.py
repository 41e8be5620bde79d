"""The addresses under /api. Everything is named by random tokens; nothing takes a path, a file name or a URL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from ...modules.io.errors import UserError
from ...modules.plans import HABITS, PLANS
from ...modules.version import __version__
from .attachments import take_canvas, take_plan
from .edits import LabelEdits
from .errors import Refused
from .example import draw_example
from .painting import Painting, take_in
from .runs import Run, Wish
from .settings import ServerSettings
from .store import Store
from .upload import SMALLER, receive
from .worker import Worker

MOST_VARIATIONS = 6
api = APIRouter(prefix="/api")


class RunOptions(BaseModel):
    """Several ways to paint one picture, side by side."""

    model_config = ConfigDict(extra="forbid")

    runs: list[Wish] = Field(min_length=1, max_length=MOST_VARIATIONS)


class Studio:
    """What the addresses work with; one for each server."""

    def __init__(self, settings: ServerSettings, store: Store, worker: Worker) -> None:
        self.settings, self.store, self.worker = settings, store, worker
        self.uploads = asyncio.Semaphore(settings.uploads)
        self.comparing = Lock()  # as is comparing many
        self.decoding = asyncio.Semaphore(1)  # a decoded picture is large: one at a time


def studio_of(request: Request) -> Studio:
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


AStudio = Annotated[Studio, Depends(studio_of)]


def painting_of(painting: str, studio: AStudio) -> Painting:
    return studio.store.painting(painting)


def run_of(run: str, studio: AStudio) -> Run:
    return studio.store.run(run)


APainting = Annotated[Painting, Depends(painting_of)]
ARun = Annotated[Run, Depends(run_of)]


@api.get("/options")
def options(studio: AStudio) -> dict[str, Any]:
    """What may be asked for, and the limits."""
    settings = studio.settings
    return {
        "version": __version__,
        "plans": list(PLANS),
        "habits": list(HABITS),
        "most_bytes": settings.most_bytes,
        "most_pixels": settings.most_pixels,
        "most_plan": settings.most_plan,
        "most_frames": settings.most_frames,
        "most_work": settings.most_work,
        "most_variations": min(MOST_VARIATIONS, settings.waiting),
        "keep": settings.keep,
    }


@api.post("/paintings", status_code=201)
async def give_painting(request: Request, studio: AStudio) -> dict[str, Any]:
    """Take the picture whose file is the body of the request, and have its parts found."""
    if studio.uploads.locked():
        raise Refused(429, "Too many uploads at the same time.", fix="Try again in a moment.", retry_after=5)
    async with studio.uploads:
        token, folder = studio.store.new_folder()
        try:
            await receive(request, folder / "upload", studio.settings)
            return await _keep(studio, token, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@api.post("/paintings/example", status_code=201)
async def give_example(studio: AStudio) -> dict[str, Any]:
    """Take a portrait that our own sitters are drawn for, in place of an upload."""
    token, folder = studio.store.new_folder()
    try:
        async with studio.decoding:
            await run_in_threadpool(draw_example, folder / "upload")
        return await _keep(studio, token, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _keep(studio: Studio, token: str, folder: Path) -> dict[str, Any]:
    async with studio.decoding:
        painting = await run_in_threadpool(take_in, token, folder, studio.settings)
    studio.store.add_painting(painting)
    studio.worker.find_parts(painting)
    return painting.to_json()


@api.get("/paintings/{painting}")
def painting_state(painting: APainting, studio: AStudio) -> dict[str, Any]:
    """What is known of a painting, with its runs."""
    return painting.to_json() | {"runs": [run.to_json() for run in studio.store.runs_of(painting)]}


@api.delete("/paintings/{painting}", status_code=204, response_model=None)
def remove_painting(painting: APainting, studio: AStudio) -> None:
    """Delete a painting and all that came of it."""
    studio.store.remove_painting(painting)


@api.get("/paintings/{painting}/picture.jpg")
def picture(painting: APainting) -> Response:
    """The painting as the page shows it."""
    try:  # read before anything is answered: it may be deleted at any moment
        data = (painting.folder / "view.jpg").read_bytes()
    except FileNotFoundError:
        raise Refused(404, "This painting is not here any more.", fix="Give it again.") from None
    return Response(data, media_type="image/jpeg")


@api.get("/paintings/{painting}/labels.png")
def labels(painting: APainting) -> Response:
    """The label map with its corrections: the value of a grey pixel is the index of its part."""
    return Response(painting.labels_png(), media_type="image/png")


@api.put("/paintings/{painting}/edits")
def edit(painting: APainting, edits: LabelEdits) -> dict[str, Any]:
    """Replace all corrections of the label map."""
    painting.correct(edits.edits)
    return painting.to_json()


@api.post("/paintings/{painting}/plans", status_code=201)
async def give_plan(painting: APainting, request: Request, studio: AStudio) -> dict[str, Any]:
    """Take the plan file (TOML) that is the body of the request, for runs of this painting."""
    return await _beside(painting, request, studio, take_plan, studio.settings.most_plan, "Is it the right file?")


@api.post("/paintings/{painting}/canvases", status_code=201)
async def give_canvas(painting: APainting, request: Request, studio: AStudio) -> dict[str, Any]:
    """Take the picture that is the body of the request as a canvas that runs of this painting can go on from."""
    return await _beside(painting, request, studio, take_canvas, studio.settings.most_bytes)


async def _beside(
    painting: Painting, request: Request, studio: Studio,
    take: Callable[[Painting, Path, ServerSettings], dict[str, Any]], most: int, smaller: str = SMALLER,
) -> dict[str, Any]:  # fmt: skip
    if studio.uploads.locked():
        raise Refused(429, "Too many uploads at the same time.", fix="Try again in a moment.", retry_after=5)
    async with studio.uploads:
        _, folder = studio.store.new_folder()
        try:
            await receive(request, folder / "upload", studio.settings, most, smaller)
            async with studio.decoding:
                return await run_in_threadpool(take, painting, folder / "upload", studio.settings)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@api.get("/paintings/{painting}/diversity")
def diversity(painting: APainting, studio: AStudio) -> dict[str, Any]:
    """How much the finished runs of a painting differ on the way, as `ppp run --variations` says it; null under two."""
    from ...pipeline.diversity import spread_of

    runs = [run for run in studio.store.runs_of(painting) if run.state == "done"]
    with studio.comparing:
        try:
            found = spread_of([run.states() for run in runs]) if len(runs) > 1 else {}
        except (FileNotFoundError, UserError):  # a run was removed a moment ago
            raise Refused(
                409, "The runs cannot be compared.", "One of them was removed just now.", "Ask again."
            ) from None
    return {"runs": [run.token for run in runs], "spread_l1": found.get("spread_l1")}


@api.get("/paintings/{painting}/events")
async def events(painting: APainting, last_event_id: Annotated[str, Header()] = "0") -> StreamingResponse:
    """All that happens to a painting and its runs, as server-sent events, from where the listener was before."""
    after = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else 0
    return StreamingResponse(painting.feed.read(after), media_type="text/event-stream")


@api.post("/paintings/{painting}/runs", status_code=201)
def paint(painting: APainting, wishes: RunOptions, studio: AStudio) -> dict[str, Any]:
    """Queue runs, all of them or (429) none."""
    runs = studio.store.new_runs(painting, wishes.runs)
    try:
        studio.worker.paint(runs)
    except BaseException:
        for run in runs:
            studio.store.forget(run)
        raise
    return {"runs": [run.to_json() for run in runs]}


@api.get("/runs/{run}")
def run_state(run: ARun) -> dict[str, Any]:
    """Where a run stands."""
    return run.to_json()


@api.post("/runs/{run}/cancel", status_code=202)
def cancel(run: ARun, studio: AStudio) -> dict[str, Any]:
    """Give a run up: at once while it waits, after the frame in hand while it is painted."""
    studio.worker.cancel(run)
    return run.to_json()


@api.delete("/runs/{run}", status_code=204, response_model=None)
def remove_run(run: ARun, studio: AStudio) -> None:
    """Give a run up and delete what came of it."""
    studio.store.remove_run(run)


@api.get("/runs/{run}/frames/{index}.jpg")
def frame(run: ARun, index: int) -> Response:
    """A frame as the page shows it."""
    try:
        data = run.view(index).read_bytes() if 0 <= index < run.done else None
    except FileNotFoundError:  # the run was given up a moment ago
        data = None
    if data is None:
        raise Refused(404, "There is no such frame.", f"{run.done} are painted.")
    # A token is never used again, and a frame never changes.
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@api.get("/runs/{run}/files/{name}")
def result_file(run: ARun, name: str) -> FileResponse:
    """A file of the result, or all of them as one archive."""
    path = run.file(name)
    if path is None or not path.exists():
        raise Refused(404, "There is no such file.", f"The run is {run.state}.")
    return FileResponse(path, filename=name)
