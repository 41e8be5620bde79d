"""Recordings with known truth: how many of the kept frames are right, and whether the painting is.

    python benchmarks/recordings.py [--only NAME...] [--seed 0 1 2] [--keep FOLDER] [--before FILE] [--json]

Draws a film of every kind of recording that people make of their screen or easel: a sitter is painted by the simulated
painter, and something is done to the picture of it (a fade, a mirrored view, a caption, another shape of pixels ...).
The seed draws sitter, canvas, screen, their colours, speed, and when, where and how fast it is done.
Each is encoded, extracted and aligned where it moves. A kept frame is right when it shows the canvas as it was in that
moment, in the place and orientation of the painting; what was never in view or stands for no state of the canvas must
not be there. `states` is the share of all states that were kept, so that dropping everything is no success. `--before`
adds the figures of an earlier `--json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from films import FILMS, Film, Scene

from ppp.modules.data.processes.process import Process
from ppp.modules.data.recording import SelectionRules, align, extract, join_videos, open_video
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import read_rgb

MAX_MEAN, MAX_LOCAL, LOCAL_SHARE = (
    6.0,
    45,
    0.006,
)  # of 255: right is nearer in the mean, and off by so much on a smaller share only
BAR = 0.95, 0.5  # shares of the kept frames that must be right, and of all states that must be kept


def alike(picture: np.ndarray, film: Film, source: int | None) -> bool:
    """Tell whether a picture shows the canvas as it was in a frame, or in the end, as far as a video can.

    What lies under a caption may be as it was at any time before, and in between where two such times meet.
    """
    truth = film.final if source is None else film.truth[source]
    if truth is None:
        return False
    if picture.shape != truth.shape:
        if max(abs(a - b) for a, b in zip(picture.shape, truth.shape, strict=True)) > 3:
            return False
        picture = cv2.resize(picture, truth.shape[1::-1], interpolation=cv2.INTER_AREA)
    off, last = _difference(picture, truth), len(film.truth) - 1 if source is None else source
    if last in film.covered:
        hidden = cv2.dilate(film.covered[last].astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        older = {id(state): state for state in film.truth[: last + 1] if state is not None}
        low, high = np.min([*older.values()], axis=0), np.max([*older.values()], axis=0)
        off[hidden] = _difference(picture, np.clip(picture, low, high))[hidden]
    off = off[film.margin : -film.margin, film.margin : -film.margin]
    return bool(off.mean() < MAX_MEAN and (off > MAX_LOCAL).mean() < LOCAL_SHARE)


def _difference(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Measure the largest difference of the colours, (H,W), but for the finest detail."""
    one, two = (cv2.GaussianBlur(picture, (0, 0), 1.0).astype(int) for picture in (one, two))
    return np.abs(one - two).max(axis=2)


def measure(film: Film, folder: Path) -> dict[str, Any]:
    """Extract a film (and align it), and compare with the truth."""
    paths, rate = film.store(folder), film.scene.rate
    row: dict[str, Any] = {"processes": 0, "kept": 0, "right": 0.0, "states": 0.0, "painting": False, "said": True}
    try:
        video = open_video(paths) if isinstance(paths, Path) else join_videos(paths)
        made = extract(video, folder / "out", SelectionRules(), 512)
    except (UserError, ImportError) as error:
        return row | {"error": str(error).splitlines()[0]}
    right, kept, seen, painting = 0, 0, set(), []
    cuts = 0
    for one in made:
        process = Process(Path(one["folder"]))
        if film.aligned:
            align(process, process.folder)
            process = Process(process.folder)
        cuts += len(process.info["cuts"])
        rows = [process.info["first"], *process.info["steps"]]
        sources = [round(row["time"] * rate) if film.by_time else row["source_frame"] for row in rows]
        for source, path in zip(sources, process.frame_paths, strict=True):
            kept += 1
            if alike(read_rgb(path), film, source):
                right += 1
                seen.add(np.asarray(film.truth[source]).tobytes())
            else:
                row["wrong"] = [*row.get("wrong", []), source]
        painting.append(alike(read_rgb(process.folder / "painting.png"), film, None))
    states = {truth.tobytes() for truth in film.truth if truth is not None}
    told = json.dumps(made)
    return row | {
        "processes": len(made), "kept": kept, "right": right / kept, "states": len(seen) / len(states),
        "painting": bool(painting) and painting[-1] and len(made) == film.processes,
        "said": cuts >= film.cuts and (not film.notes or any(word in told for word in film.notes)),
    }  # fmt: skip


def is_good(row: dict[str, Any]) -> bool:
    return row["right"] >= BAR[0] and row["states"] >= BAR[1] and row["painting"] and row["said"]


def main() -> None:
    """Run the benchmark and print a Markdown table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(FILMS), default=list(FILMS), metavar="NAME")
    parser.add_argument("--seed", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--keep", type=Path, help="folder for films and processes")
    parser.add_argument("--before", type=Path, help="figures of an earlier --json")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        for name in options.only:
            rows[name] = []
            for seed in options.seed:
                folder = (options.keep or Path(temporary)) / f"{name.replace(' ', '-').replace(',', '')}-{seed}"
                folder.mkdir(parents=True, exist_ok=True)
                rows[name].append(measure(FILMS[name](Scene.draw(seed, name)), folder))
                print(
                    "" if is_good(rows[name][-1]) else "WRONG", name, seed, rows[name][-1], file=sys.stderr, flush=True
                )
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(markdown(rows, json.loads(options.before.read_text("utf-8")) if options.before else {}))


def markdown(rows: dict[str, list[dict[str, Any]]], before: dict[str, list[dict[str, Any]]]) -> str:
    """Write the table: frames right and states kept in the worst film, and in how many everything is right."""

    def cell(films: list[dict[str, Any]] | None) -> str:
        if not films:
            return "– | – | –"
        right, states = (100 * min(film[key] for film in films) for key in ("right", "states"))
        return f"{right:.0f} | {states:.0f} | {sum(map(is_good, films))} of {len(films)}"

    lines = [
        "| recording | before: kept right, % | states, % | all right | kept right, % | states, % | all right |",
        "|---|--:|--:|---|--:|--:|---|",
    ]
    lines += [f"| {name} | {cell(before.get(name))} | {cell(films)} |" for name, films in rows.items()]
    good = [sum(is_good(film) for films in table.values() for film in films) for table in (before, rows)]
    lines.append(
        f"\n{good[1]} of {sum(map(len, rows.values()))} are right ({BAR[0]:.0%} of the frames, the painting, what must "
        f"be said); before, {good[0]} were."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
