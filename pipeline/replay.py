"""A process again from its process.json: the very same frames, or the same up to a step and another way from there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..modules.io.errors import UserError
from ..modules.io.files import file_sha256, read_json
from ..modules.io.json_schema import find_mismatch
from ..modules.labels import LabelSet
from ..modules.plans import PlanFile
from ..modules.plans.edits import Degrees, PlanEdit, Skip
from .initial_canvas import PaintedPrefix
from .output import MANIFEST
from .pipeline import Pipeline
from .timelapse import TimeLapse
from .values import Parts

__all__ = ["continue_from", "replay"]


def replay(manifest: Path | str, *, device: str | None = None, painting: Path | None = None) -> TimeLapse:
    """The process that a process.json (or its folder) tells of; frames are byte-identical on the same machine.

    device: another one than it was made on. painting: where the painting lies now, if it was moved.
    Raises UserError when the painting, the weights or the parts are not what they were, or anything is missing.
    """
    told = _Told(manifest)
    return told.again(device, painting, None if "continued" not in told.info else int(told.info["continued"]["at"]))


def continue_from(
    folder: Path | str, at: int, steer: Sequence[PlanEdit], *, device: str | None = None, painting: Path | None = None
) -> TimeLapse:
    """The same process up to frame at-1, and from step `at` on as `steer` wants it: degrees of steps, parts to skip.

    Frames before `at` are those of `folder`, byte by byte. Raises UserError as `replay`, and for a step that the
    process does not have or steering that would change what was before.
    """
    told = _Told(folder)
    last = told.n_frames - 1
    if not 1 <= at <= last:
        raise UserError(f"There is no step {at} to go on from.", f"The steps of {told.manifest} are 1 to {last}.")
    return told.again(device, painting, at, [_from_step(wish, at, last) for wish in steer])


def _from_step(wish: PlanEdit, at: int, last: int) -> PlanEdit:
    """A wish for a process that is painted up to step `at`."""
    if isinstance(wish, Skip):
        return Degrees(dict.fromkeys(wish.names, 0.0), step=range(at, last + 1))
    if not isinstance(wish, Degrees) or not wish.steps or min(wish.steps) < at:
        raise UserError(
            f"{type(wish).__name__} would change the steps before {at}.",
            "A process that goes on can be told degrees of steps, and parts to skip.",
            "For anything else begin anew from its last frame: ppp run PAINTING --from OUT/frames/000NN.png",
        )
    return wish


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
    "?continued": {"at": int, "process": (str, type(None))},
}  # fmt: skip


class _Told:
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
        if wrong := find_mismatch(self.info, _FORM):
            raise UserError(self.what, f"It does not say how: {wrong}.", "Was it made by an older ppp, or changed?")
        self.recipe: dict[str, Any] = self.info["plan"]["recipe"]
        self.made_with: dict[str, Any] = self.info["made_with"]
        self.n_frames = self.info["plan"]["frames"]

    def _painting(self, path: Path | None) -> Path:
        facts = self.info["painting"]
        if path is None and not facts["path"]:
            raise UserError(self.what, "Its painting was never in a file.", "Say where it is: --painting FILE")
        found = path or Path(facts["path"])
        if not found.is_file():
            raise UserError(self.what, f"Its painting {found} is gone.", "Say where it is: --painting FILE")
        if file_sha256(found) != facts["sha256"]:
            raise UserError(
                self.what, f"{found} is another picture, or was changed.", "Say where it is: --painting FILE"
            )
        return found

    def _parts(self) -> Parts:
        label_set = LabelSet.from_json(self.info["label_set"])
        size = (self.info["painting"]["width"], self.info["painting"]["height"])
        return Parts(label_set.load_png(self.folder / "segmentation.png", size), label_set)

    def _frame(self, index: int) -> Path:
        path = self.folder / "frames" / f"{index:05}.png"
        if not path.is_file():
            raise UserError(self.what, f"{path} is missing.", "Keep the folder's frames.")
        return path

    def _pipeline(self, device: str | None) -> Pipeline:
        made = self.made_with
        if lost := [name for name, source in made["stages"].items() if source is None]:
            raise UserError(self.what, f"Its stage {lost[0]} was an object in memory.", "Call the pipeline again.")
        if lost := made.get("blocks", []):
            raise UserError(self.what, f"Its block {lost[0]} was an object in memory.", "Call the pipeline again.")
        device = device or str(self.info["device"])
        if made["pipeline"] is None:
            return Pipeline(made["stages"], graph=made["graph"], device=device)
        return Pipeline.from_pretrained(made["pipeline"], device=device, **made["stages"])

    def again(
        self, device: str | None, painting: Path | None, at: int | None, steer: Sequence[PlanEdit] = ()
    ) -> TimeLapse:
        """The process; from step `at` on it is painted anew, with `steer` on top of its recipe."""
        pipeline = self._pipeline(device)
        kept = None
        if at is not None:
            by = [step["by"] for step in self.info["steps"][: at - 1]]
            before = (
                self.info["continued"]["process"] if "continued" in self.info and not steer else self.info.get("id")
            )
            kept = PaintedPrefix([self._frame(index) for index in range(at)], by, before)
        first: Path | str | None = self.made_with["first_frame"]
        first = self._frame(1) if first == "file" else first
        lapse = pipeline(
            self._painting(painting), self.n_frames, int(self.info["seed"]), PlanFile(self.recipe, str(self.manifest)),
            segmentation=self._parts(), first_frame=first, steer=steer, kept=kept,
            canvas=self._frame(0) if self.info.get("from") else None,
        )  # fmt: skip
        if self.info.get("from"):
            lapse.given = self.info["from"]
        for stage, sha in self.info["weights"].items():
            loaded = lapse.weights.get(stage)
            if isinstance(sha, str) and loaded is not None and loaded != sha:
                raise UserError(self.what, f"The weights of {stage} are others than they were.", "Get those it names.")
        # Parts and first frame come out of the folder now; the process is that of who made them.
        lapse.weights = self.info["weights"]
        return lapse
