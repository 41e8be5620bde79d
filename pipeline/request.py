"""What a person requests of one run, and the pictures that are read for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..modules.imaging.picture import LAYERED_ENDINGS
from ..modules.imaging.resize import fit_size
from ..modules.io.errors import UserError
from ..modules.paints.pigments import Shelf
from ..modules.plans.edits import PlanEdit
from ..modules.plans.plan import Plan
from ..modules.plans.plan_file import PlanFile
from ..modules.plans.spec import check_n_frames
from .blocks.split_parts import Split
from .images import Picture, Source, read_picture
from .initial_canvas import InitialCanvas, PaintedPrefix, read_initial_canvas
from .port_values import Parts

BLANK = "blank"  # as `first_frame`: none is made
SMALLEST = 16  # longest side that a painting is scaled down to
N_FRAMES, SEED = 40, 0  # where neither the caller nor a plan file says so


@dataclass(frozen=True, eq=False)
class RunRequest:
    """Everything a person requests of one run, named as the arguments of `Pipeline.__call__`; checks itself.

    Raises UserError: a number of frames or a size that cannot be, a negative seed, a canvas and a first frame at once.
    """

    painting: Source | Picture
    n_frames: int = N_FRAMES
    seed: int = SEED
    plan: str | Plan | PlanFile = "artist"
    habit: str | None = None
    medium: str | None = None
    ending: str | None = None
    segmentation: str | Path | np.ndarray | Parts | None = None
    first_frame: Source | None = None
    edits: Sequence[PlanEdit | Split] = ()
    canvas: Source | None = None
    prefix: PaintedPrefix | None = None
    palette: Shelf | None = None  # the paints in whose colours it is painted
    size: int | None = None  # longest side in pixels that a larger painting is scaled to

    def __post_init__(self) -> None:
        check_n_frames(self.n_frames)
        if self.size is not None and self.size < SMALLEST:
            raise UserError(f"The size {self.size} cannot be used.", fix=f"Use {SMALLEST} pixels or more.")
        if not 0 <= self.seed < 2**63:
            raise UserError(f"The seed {self.seed} cannot be used.", fix="Use a whole number from 0 on.")
        if self.canvas is not None and self.first_frame is not None:
            raise UserError("A given canvas has no first frame.", fix="Leave out one of --from and --first-frame.")

    @classmethod
    def of(
        cls,
        painting: Source | Picture,
        n_frames: int | None = None,
        seed: int | None = None,
        plan: str | Plan | PlanFile = "artist",
        **options: Any,
    ) -> "RunRequest":
        """Make a request; a number that is None is what the plan file says, or else 40 frames and seed 0."""
        if isinstance(plan, PlanFile):
            if n_frames is not None:
                plan.check_frames(n_frames)
            n_frames = n_frames or plan.frames
            seed = plan.seed if seed is None else seed
        n_frames = N_FRAMES if n_frames is None else n_frames
        return cls(painting, n_frames, SEED if seed is None else seed, plan, **options)

    @property
    def blank(self) -> bool:
        """Whether no first frame is wanted."""
        return isinstance(self.first_frame, str) and self.first_frame == BLANK

    @property
    def splits(self) -> list[Split]:
        return [edit for edit in self.edits if isinstance(edit, Split)]

    @property
    def plan_edits(self) -> tuple[PlanEdit, ...]:
        return tuple(edit for edit in self.edits if not isinstance(edit, Split))

    def starts_on_canvas(self, whole: bool) -> bool:
        """Whether the loop makes frame 1 too; `whole`: the frames block wants to.

        The one step of two frames has to do everything, unless a first frame is given.
        """
        given = self.first_frame is not None and not self.blank
        started = self.canvas is not None or self.prefix is not None
        return whole or self.blank or started or (self.n_frames == 2 and not given)

    def read(self) -> "RunInputs":
        """Read the pictures. UserError for one that cannot be read, or a canvas of another shape."""
        painting = read_picture(self.painting)
        if self.size is not None:
            painting = painting.resized(fit_size(painting.rgb.shape, self.size))
        first = None if self.first_frame is None or self.blank else read_picture(self.first_frame)
        size = (painting.width, painting.height)
        return RunInputs(painting, first, None if self.canvas is None else read_initial_canvas(self.canvas, size))

    def with_layers(self, inputs: "RunInputs") -> "RunRequest":
        """Take the parts from the painting's layers, where their names say what they are and no parts are given."""
        path = inputs.painting.path
        if self.segmentation is not None or path is None or path.suffix.lower() not in LAYERED_ENDINGS:
            return self
        from .layered_parts import parts_of_layers

        parts = parts_of_layers(path, (inputs.painting.width, inputs.painting.height))
        if parts is None:
            return self
        inputs.of_layers.append(f"the parts are its layers: {', '.join(parts.names)}")
        return replace(self, segmentation=parts)


@dataclass(frozen=True, eq=False)
class RunInputs:
    """The pictures of a request."""

    painting: Picture
    first_frame: Picture | None
    canvas: InitialCanvas | None
    of_layers: list[str] = field(default_factory=list)  # what is to be said of the painting's layers

    @property
    def notes(self) -> list[str]:
        """What a person should know about how they were read."""
        notes = [f"{self.painting.name}: {note}." for note in (*self.painting.notes, *self.of_layers)]
        return [*notes, *(self.canvas.notes if self.canvas else ())]
