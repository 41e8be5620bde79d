"""Recorded processes for tests: simulated ones without plan, ground and labels, which no record has."""

import json
from pathlib import Path

from scenes import head

from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan


def simulated(folder: Path, seed: int = 0, n_frames: int = 12, habit: str | None = None) -> Path:
    """Write a process of the small head, painted by the simulated painter."""
    painting, labels = head()
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "source.png"
    source.write_bytes(b"a picture")
    plan = make_plan("artist", painting, labels, PORTRAIT, n_frames, seed, habit=habit)
    write_simulated(folder, painting, labels, PORTRAIT, plan, seed, source)
    return folder


def recorded(folder: Path, seed: int = 0, n_frames: int = 12, cuts: tuple[int, ...] = (), labels: bool = False) -> Path:
    """Write it as if extracted from a video; with `labels` as after `ppp data label`, but without degrees."""
    simulated(folder, seed, n_frames)
    (folder / "plan.npz").unlink()
    path = folder / "process.json"
    info = json.loads(path.read_text("utf-8"))
    info |= {"kind": "recorded", "seed": None, "plan": None, "cuts": list(cuts), "provenance": "recorded"}
    info["steps"] = [{"frame": i, "by": "recorded", "time": 0.5 * i} for i in range(1, n_frames)]
    del info["ground"]
    if not labels:
        info |= {"labels": [], "label_set": None}
        (folder / "labels.png").unlink()
    path.write_text(json.dumps(info), "utf-8")
    return folder


def edit(folder: Path, **changes) -> None:
    """Change keys of a process.json."""
    path = folder / "process.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")
