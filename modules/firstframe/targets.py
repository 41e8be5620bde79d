"""Targets of the firstframe stage: first frames that simulated artists make of a picture."""

import hashlib
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from .. import brush, finish_levels, imaging, plans
from ..brush.media import MEDIA
from ..data.synthetic import painter
from ..data.synthetic.painter import SimulatedPainter
from ..imaging.resize import fit_size
from ..io.files import atomic_file
from ..labels import LabelSet
from ..plans.context import GROUNDS, PLAN_SIZE, ground_colour, make_context
from ..plans.dry_run import build_plan
from ..plans.habits import BLOCK_IN
from ..plans.named_plans import artist_spec
from ..plans.plan import UNSPECIFIED, Plan, PlanStep, Slice

PAINTED_STARTS = ("mass", "block")  # starts whose first step lays paint; the others need no plan
OTHER_MASS = 0.5  # share of the first masses that are another part than the habit would begin with


@dataclass(frozen=True)
class Target:
    """The first frame x_1 (H,W,3) uint8 of one artist, its ground (3,) float32, and the plan's step that it paints."""

    frame: np.ndarray
    ground: np.ndarray
    step: PlanStep


def make_target(
    painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, start: str, seed: int, *, vary: bool = False
) -> Target:
    """Simulate how one artist starts a painting; a pure function of its arguments.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W), indices into `label_set`.
        start: one of `STARTS`.
        vary: half of the first masses are any part, not the one that the habit begins with: people may plan others.
    """
    rng = np.random.default_rng(seed)
    medium = MEDIA[str(rng.choice(list(MEDIA)))]
    kind = str(rng.choice(GROUNDS))
    ground = ground_colour(painting, kind, rng) if medium.toned else medium.choose_ground(painting)
    ground = ground.astype(np.float32)
    if start not in PAINTED_STARTS:
        width, height = fit_size(painting.shape, PLAN_SIZE)
        field, finish = np.zeros((height, width), np.float32), np.full((height, width), UNSPECIFIED, np.uint8)
        frame = painter.first_frame(painting, labels, label_set, start, ground, seed, medium.name)
        step = PlanStep(1, np.zeros(len(label_set), np.float32), field, finish, ())
        return Target(_pixels(frame), ground, step)
    context = make_context(painting, labels, label_set, ground)
    spec = artist_spec(context, 3, seed, habit=BLOCK_IN.name, start=start, rng=rng)
    plan = build_plan(replace(spec, medium=medium.name), context)
    if vary and start == "mass" and rng.random() < OTHER_MASS:
        plan = _start_with_another_mass(plan, rng)
    frame = SimulatedPainter(painting, labels, label_set, plan, seed).first()
    return Target(_pixels(frame), ground, plan.step(1))


def _pixels(frame: np.ndarray) -> np.ndarray:
    return np.round(np.clip(frame, 0, 1) * 255).astype(np.uint8)


def _start_with_another_mass(plan: Plan, rng: np.random.Generator) -> Plan:
    """Replace the first step of a plan by another of the flat masses."""
    started = {piece.index for piece in plan.slices[0]}
    masses = [
        i for i, work in enumerate(plan.passes) if work.finish == finish_levels.level("flat") and i not in started
    ]
    if not masses:
        return plan
    first = (Slice(int(rng.choice(masses)), 0.0, 1.0),)
    return replace(plan, slices=(first, *plan.slices[1:]))


def artist_seed(name: str, start: str, artist: int) -> int:
    """Derive the seed of artist number `artist` who starts picture `name` with `start`."""
    digest = hashlib.sha256(f"{name}/{start}/{artist}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@lru_cache(maxsize=1)
def painter_version() -> str:
    """Hash the code of the simulated painter to twelve hex digits."""
    digest = hashlib.sha256()
    folders = [Path(str(module.__file__)).parent for module in (plans, painter, imaging, brush)]
    for path in (Path(str(finish_levels.__file__)), *(p for folder in folders for p in sorted(folder.rglob("*.py")))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def cached_target(
    cache: Path | None, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, start: str, seed: int
) -> Target:
    """Read a varied target from `cache`, a folder, or make it; once per version of the painter, always without cache.

    painting: (H,W,3) uint8.
    """
    colours = painting.astype(np.float32) / 255
    if cache is None or start not in PAINTED_STARTS:
        return make_target(colours, labels, label_set, start, seed, vary=True)
    picture = hashlib.sha256(painting.tobytes() + labels.tobytes()).hexdigest()[:12]
    path = cache / f"{picture}-{start}-{seed}-{painter_version()}.npz"
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as file:
                step = PlanStep(1, file["degrees"], file["field"].astype(np.float32) / 255, file["finish"], ())
                return Target(file["frame"], file["ground"], step)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass  # damaged: made again
    made = make_target(colours, labels, label_set, start, seed, vary=True)
    with atomic_file(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file, frame=made.frame, ground=made.ground, degrees=made.step.degrees, finish=made.step.finish,
            field=np.round(255 * made.step.field).astype(np.uint8),
        )  # fmt: skip
    return made
