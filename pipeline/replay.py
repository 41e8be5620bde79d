"""Replay: the same process from its process.json, or the same up to a step and another way from there."""

from collections.abc import Sequence
from dataclasses import replace as with_changes
from pathlib import Path
from typing import Any

from ..modules.io.errors import UserError
from ..modules.io.files import file_sha256, read_json
from ..modules.io.json_schema import find_mismatch
from ..modules.labels import LabelSet
from ..modules.paints.pigments import Shelf
from ..modules.plans import PlanFile
from ..modules.plans.edits import Degrees, PlanEdit, Skip
from .images import Picture, read_picture
from .initial_canvas import PaintedPrefix
from .output import MANIFEST
from .pipeline import Pipeline
from .port_values import Parts
from .provenance import SHORT
from .runtime import PACKAGES, installed
from .timelapse import TimeLapse

__all__ = ["continue_from", "replay"]

# what process.json has to say so that its process can be painted again
_FORM = {
    "kind": str,
    "painting": {"path": (str, type(None)), "sha256": str, "width": int, "height": int},
    "weights": dict,
    "seed": int,
    "plan": {"recipe": dict, "frames": int},
    "label_set": dict,
    "steps": [{"by": str}],
    "device": str,
    "made_with": {
        "pipeline": (str, type(None)), "graph": (str, dict), "stages": {"*": (str, type(None))},
        "first_frame": (str, type(None)),
    },
    "?from": dict,
    "?palette": dict,
    "?continued": {"at": int, "process": (str, type(None))},
}  # fmt: skip


def replay(manifest: Path | str, *, device: str | None = None, painting: Path | None = None) -> TimeLapse:
    """Paint a process again from its process.json; frames are byte-identical on the same machine.

    Args:
        manifest: the process.json, or its result folder.
        device: another one than it was made on.
        painting: where the painting is now, if it was moved.

    Raises:
        UserError: the painting, the weights or the parts are not what they were, or anything is missing.
    """
    saved = _SavedProcess(manifest)
    return saved.paint(device, painting, int(saved.info["continued"]["at"]) if "continued" in saved.info else None)


def continue_from(
    folder: Path | str, at: int, edits: Sequence[PlanEdit], *, device: str | None = None, painting: Path | None = None
) -> TimeLapse:
    """Continue a process from a step in another way; the frames before it are retained, byte by byte.

    Args:
        folder: the result folder.
        at: the first step that is painted anew, 1 .. N-1.
        edits: degrees of steps from `at` on, and parts to skip.
        device: another one than it was made on.
        painting: where the painting is now, if it was moved.

    Raises:
        UserError: as `replay`; or the process has no such step, or an edit would change the steps before it.
    """
    saved = _SavedProcess(folder)
    last = saved.n_frames - 1
    if not 1 <= at <= last:
        raise UserError(f"There is no step {at} to continue from.", f"The steps of {saved.manifest} are 1 to {last}.")
    return saved.paint(device, painting, at, [_from_step(edit, at, last) for edit in edits])


def _from_step(edit: PlanEdit, at: int, last: int) -> PlanEdit:
    """Restrict an edit to the steps `at` .. `last`."""
    if isinstance(edit, Skip):
        return Degrees(dict.fromkeys(edit.names, 0.0), step=range(at, last + 1))
    if not isinstance(edit, Degrees) or not edit.steps or min(edit.steps) < at:
        raise UserError(
            f"{type(edit).__name__} would change the steps before {at}.",
            "A process that is continued takes degrees of single steps, and parts to skip.",
            "For anything else start anew from its last frame: ppp run PAINTING --from OUT/frames/000NN.png",
        )
    return edit


class _SavedProcess:
    """A process.json and the files beside it."""

    def __init__(self, manifest: Path | str) -> None:
        path = Path(manifest).expanduser()
        self.manifest = path / MANIFEST if path.is_dir() else path
        self.folder = self.manifest.parent
        self.what = f"{self.manifest} cannot be painted again."
        self.info: dict[str, Any] = read_json(self.manifest, self.what, "Give a result folder or its process.json.")
        kind = self.info.get("kind") if isinstance(self.info, dict) else None
        if kind in ("recorded", "simulated"):
            raise UserError(self.what, f"Its process is {kind}, not predicted.")
        if isinstance(self.info, dict) and isinstance(of := self.info.get("rendered"), dict):
            source = of.get("file") or f"the process {str(of.get('process'))[:SHORT]}"
            fix = "Replay that one, at any size with --size."
            raise UserError(self.what, f"Its frames were rendered from {source}.", fix)
        if wrong := find_mismatch(self.info, _FORM):
            raise UserError(self.what, f"It is incomplete: {wrong}.", "Was it made by an older ppp, or changed?")
        self.made_with: dict[str, Any] = self.info["made_with"]
        self.n_frames = self.info["plan"]["frames"]

    def _painting(self, path: Path | None) -> Picture:
        facts = self.info["painting"]
        fix = "Say where it is: --painting FILE"
        if path is None and not facts["path"]:
            raise UserError(self.what, "Its painting was never in a file.", fix)
        found = path or Path(facts["path"])
        if not found.is_file():
            raise UserError(self.what, f"Its painting {found} is gone.", fix)
        if file_sha256(found) != facts["sha256"]:
            raise UserError(self.what, f"{found} is another picture, or was changed.", fix)
        return read_picture(found).resized(self._size)  # it may have been painted smaller

    @property
    def _size(self) -> tuple[int, int]:
        return self.info["painting"]["width"], self.info["painting"]["height"]

    def _parts(self) -> Parts:
        label_set = LabelSet.from_json(self.info["label_set"])
        return Parts(label_set.load_png(self.folder / "segmentation.png", self._size), label_set)

    def _frame(self, index: int) -> Path:
        path = self.folder / "frames" / f"{index:05}.png"
        if not path.is_file():
            raise UserError(self.what, f"{path} is missing.", "Keep the folder's frames.")
        return path

    def _prefix(self, at: int, edited: bool) -> PaintedPrefix:
        painters = [step["by"] for step in self.info["steps"][: at - 1]]
        replayed = "continued" in self.info and not edited
        process = self.info["continued"]["process"] if replayed else self.info.get("id")
        return PaintedPrefix([self._frame(index) for index in range(at)], painters, process)

    def _pipeline(self, device: str | None) -> Pipeline:
        made = self.made_with
        objects = [f"stage {name}" for name, source in made["stages"].items() if source is None]
        objects += [f"block {name}" for name in made.get("blocks", [])]
        if objects:
            raise UserError(self.what, f"Its {objects[0]} was an object in memory.", "Call the pipeline again.")
        device = device or str(self.info["device"])
        package = PACKAGES.get(str(self.info.get("runtime")))
        runtime = str(self.info["runtime"]) if package is not None and installed(package) else "auto"
        if made["pipeline"] is None:
            return Pipeline(made["stages"], graph=made["graph"], device=device, runtime=runtime)
        return Pipeline.from_pretrained(made["pipeline"], device=device, runtime=runtime, **made["stages"])

    def paint(
        self, device: str | None, painting: Path | None, at: int | None, edits: Sequence[PlanEdit] = ()
    ) -> TimeLapse:
        """Paint it again, from step `at` on anew and with edits on top of its plan."""
        pipeline = self._pipeline(device)
        provided: str | None = self.made_with["first_frame"]
        started_from = self.info.get("from")
        palette = self.info.get("palette")
        plan_file = PlanFile(self.info["plan"]["recipe"], str(self.manifest))
        lapse = pipeline(
            self._painting(painting), self.n_frames, int(self.info["seed"]), plan_file, segmentation=self._parts(),
            first_frame=self._frame(1) if provided == "file" else provided, edits=edits,
            canvas=self._frame(0) if started_from else None,
            prefix=None if at is None else self._prefix(at, bool(edits)),
            palette=None if palette is None else Shelf.from_json(palette, self.what),
        )  # fmt: skip
        for stage, sha in self.info["weights"].items():
            loaded = lapse.weights.get(stage)
            if isinstance(sha, str) and loaded is not None and loaded != sha:
                raise UserError(self.what, f"The weights of {stage} are others than they were.", "Get those it names.")
        # Parts, first frame and canvas come out of the folder now; the process is that of who made them.
        runtime = lapse.runtime or self.info.get("runtime")
        return with_changes(lapse, weights=self.info["weights"], started_from=started_from or None, runtime=runtime)
