"""Ablations of the frames stage: each row trained alike but for one thing, painted with on unseen pictures, one table.

    python benchmarks/ablations.py PROCESSES… --held-out PROCESSES… -o runs/ablations [--only NAME,…] [--markdown PAGE]

Rows are `ppp train frames` commands (printed, and recorded in OUT/ablations.json); what they paint is scored by three
`ppp evaluate` commands: OUT/report (all figures), OUT/long (long rollouts) and OUT/own (without degree control: how far
the network itself follows the plan). Interrupted, the same command continues; with --only it trains these rows, and the
table has every row that is there. docs/ablations.md says what came out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from frame_cost import cost

from ppp.modules.frames.ablations import DifferenceHead, FreeHead, PlainDecoder
from ppp.modules.frames.inference import PartwisePredictor
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.paper.train import PaperTask
from ppp.modules.frames.train import NoLatentTask
from ppp.modules.io.files import atomic_file

PAGE_BEGIN, PAGE_END = "<!-- table: benchmarks/ablations.py -->", "<!-- end of table -->"


@dataclass(frozen=True)
class Row:
    """What differs from the default.

    share: of the default's steps, so that a slower network gets the same seconds. init: the row whose weights it
    takes over (then it is not trained). code: the class that its options choose.
    """

    name: str
    what: str
    options: tuple[str, ...] = ()
    share: float = 1.0
    init: str = ""
    code: type | None = None


ROWS = (
    Row("default", "the default"),
    Row("seed-1", "the same, other training seed", ("--seed", "1")),
    Row("difference", "adds a difference image, no Equation 2", ("--set", "predict=difference"), code=DifferenceHead),
    Row("free", "free RGB stroke", ("--set", "predict=free"), code=FreeHead),
    Row("no-field", "one degree per part, no field", ("--set", "field=false"), code=PartwisePredictor),
    Row("no-skips", "no U-Net skips", ("--set", "skips=false"), code=PlainDecoder),
    Row("no-sequence", "no sequence phase", ("--set", "sequence=1.0")),
    Row("no-latent", "no latent", ("--set", "latent=false"), code=NoLatentTask),
    Row("no-gan", "no discriminator", ("--set", "gan=false")),
    Row("paper", "the paper's variant", ("--variant", "paper"), share=0.2, code=PaperTask),
    Row("perceptual", "with perceptual loss", ("--perceptual", "squeezenet")),
    Row("interval-5", "interval 5 only", ("--set", "intervals=[5]")),
    Row("intervals-12", "intervals up to 12", ("--set", "intervals=[1,3,5,10,12]")),
    Row("seed-2", "the default, third training seed", ("--seed", "2")),
    Row("no-keep", "the default without degree control", ("--set", "keep=0"), init="default"),
    Row("fresh", "the default untrained", share=0.0),  # `ppp evaluate` has a system "untrained" of its own
)
PAPER_WIDTH = 32 / 48  # the paper's width beside the default's

# Column, the report it is from (OUT/NAME/figures.json), the figure's title there, how it is written.
COLUMNS = (
    ("end dB", "report", "end PSNR, dB", "{:.1f}"),
    ("not away", "report", "steps not away", "{:.1%}"),
    ("long: end dB", "long", "end PSNR, dB", "{:.1f}"),
    ("long: not away", "long", "steps not away", "{:.1%}"),
    ("long: worst / start", "long", "worst distance / start", "{:.2f}"),
    ("Spearman", "report", "asked / reached, Spearman", "{:.2f}"),
    ("error", "report", "asked / reached, mean error", "{:.3f}"),
    ("own Spearman", "own", "asked / reached, Spearman", "{:.2f}"),
    ("own error", "own", "asked / reached, mean error", "{:.3f}"),
    ("own leakage", "own", "leakage", "{:.1%}"),
    ("leakage", "report", "leakage", "{:.1%}"),
    ("undone", "report", "undone pixels", "{:.1%}"),
    ("opacity", "report", "opacity", "{:.2f}"),
    ("dead", "report", "dead steps", "{:.0%}"),
    ("outlines", "report", "change outlines on part outlines", "{:.0%}"),
    ("change IoU", "report", "... change IoU, best of seeds", "{:.3f}"),
    ("order tau", "report", "... order, tau, best of seeds", "{:.2f}"),
    ("hands apart", "report", "half way: one plan, two seeds", "{:.3f}"),
    ("seeds apart", "report", "half way: other seeds", "{:.3f}"),
)
SECOND = 11  # columns from this one on stand in a second table
FOREIGN = ("partfade", "simulate", "truth")  # systems beside the rows


def train_command(row: Row, given: argparse.Namespace) -> list[str]:
    """Make the `ppp train` command of a row."""
    steps = 0 if row.init else round(row.share * given.steps)
    width = round(given.width * PAPER_WIDTH) if "paper" in row.options else given.width
    flags = ["--steps", steps, "--batch", given.batch, "--size", given.size, "--lr", given.lr, "--ema", given.ema]
    flags += ["--threads", given.threads, "--sheet-every", max(1, given.steps), "--save-every", max(1, given.steps)]
    flags += [
        "--set",
        f"width={width}",
        "--set",
        f"gan_from={given.from_step}",
        "--set",
        f"kl_from={given.from_step}",
    ]
    flags += ["--set", f"init={given.out / row.init}"] if row.init else []
    return [*map(str, ["ppp", "train", "frames", *given.processes, "-o", given.out / row.name, *flags]), *row.options]


def ppp(command: list[str]) -> None:
    """Run a command that begins with `ppp` by this Python; CalledProcessError when it fails."""
    print(" ".join(command), flush=True)
    start = "import sys; from ppp.cli.main import main; sys.exit(main())"
    subprocess.run([sys.executable, "-c", start, *command[1:]], check=True, stdout=subprocess.DEVNULL)


def train(row: Row, given: argparse.Namespace) -> None:
    """Train a row unless it is there in full (`ppp train` itself goes on where it was stopped)."""
    done = given.out / row.name / "model" / "config.json"
    last = given.out / row.name / "done"
    command = train_command(row, given)
    if done.is_file() and last.is_file() and last.read_text("utf-8") == " ".join(command):
        return
    ppp([*command, "--quiet"])
    with atomic_file(last) as part:
        part.write_text(" ".join(command), "utf-8")


def without_degree_control(row: Row, given: argparse.Namespace) -> Path:
    """Save the row's model with `keep` 0, as `ppp train frames … --steps 0 --set init=RUN --set keep=0` makes it."""
    folder: Path = given.out / "own-models" / row.name
    model = FramesModel.from_pretrained(given.out / row.name)
    model.config = replace(model.config, max_logit_shift=0.0)
    model.save_pretrained(folder)
    return folder


def evaluate(name: str, systems: dict[str, Any], given: argparse.Namespace, *more: Any) -> dict[str, Any]:
    """OUT/NAME by `ppp evaluate`, which keeps what it has; returns its figures.json."""
    named = [f"{system}={source}" if source else system for system, source in systems.items()]
    command = ["ppp", "evaluate", *given.held_out, "-o", given.out / name, "--systems", ",".join(named)]
    command += ["--size", given.picture, "--rollout", 0, "--jobs", 1, "--perceptual", "none", *more]
    ppp([*map(str, command), "--quiet"])
    found: dict[str, Any] = json.loads((given.out / name / "figures.json").read_text("utf-8"))
    return found


def cells(system: str, reports: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Column -> number of one row (or system) from the summaries of the reports; missing where there is none."""
    found = {}
    for column, name, title, _ in COLUMNS:
        value = reports[name]["summary"]["processes"]["systems"].get(system, {}).get(title)
        if value is not None:
            found[column] = value
    return found


def around_table(page: Path) -> tuple[str, str]:
    """Return what stands before and after the table of a page; it goes to the end of one without, or into a new one."""
    text = page.read_text("utf-8") if page.exists() else "# Ablations of the frames stage\n"
    before, begin, rest = text.partition(PAGE_BEGIN)
    _, end, after = rest.partition(PAGE_END)
    if begin and not end:
        sys.exit(f"{page} has {PAGE_BEGIN} without {PAGE_END}: add it below the old table.")
    return (before, after) if begin else (f"{before.rstrip()}\n\n", "\n")


def write_table(page: Path, table: str) -> None:
    """Put the table into a page."""
    before, after = around_table(page)
    page.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(page) as part:
        part.write_text(f"{before}{PAGE_BEGIN}\n\n{table}\n\n{PAGE_END}{after}", "utf-8")


def markdown(rows: list[dict[str, Any]]) -> str:
    """Two tables of all rows, and one of what each costs and is made with."""
    forms = {column: form for column, _, _, form in COLUMNS}
    titles = list(forms)
    lines = []
    for part in (titles[:SECOND], titles[SECOND:]):
        lines += ["| row | " + " | ".join(part) + " |", "|---|" + "--:|" * len(part)]
        for row in rows:
            numbers = [forms[c].format(row["figures"][c]) if c in row["figures"] else "" for c in part]
            lines.append(f"| {row['name']} | " + " | ".join(numbers) + " |")
        lines.append("")
    lines += [
        "| row | what differs | option | steps | M parameters | GFLOP a frame at 256 px |",
        "|---|---|---|--:|--:|--:|",
    ]
    for row in rows:
        if "cost" in row:
            options = f"`{row['options']}`" if row["options"] else ""
            paid = f"{row['cost']['parameters_M']:.2f} | {row['cost']['frame_gflop']:.2f}"
            lines.append(f"| {row['name']} | {row['what']} | {options} | {row['steps']} | {paid} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("processes", nargs="+", type=Path, help="to train on")
    parser.add_argument("--held-out", nargs="+", type=Path, required=True, help="processes of unseen pictures")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="comma-separated rows to train")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--size", type=int, default=64, help="side of the crops")
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--ema", type=float, default=0.97)
    parser.add_argument("--from-step", type=int, default=30, help="when discriminator and KL begin")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--picture", type=int, default=128, help="longest side that pictures are painted at")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--limit", type=int, default=4, help="pictures that are painted; half as many for long and own")
    parser.add_argument("--long", type=int, default=100, help="frames of the long rollouts")
    parser.add_argument("--markdown", type=Path, help="a page whose table is replaced, or a new one")
    given = parser.parse_args()
    wanted = [name for name in given.only.split(",") if name] or [row.name for row in ROWS]
    if strange := sorted(set(wanted) - {row.name for row in ROWS}):
        parser.error(f"there is no row {strange[0]!r}; rows: {', '.join(row.name for row in ROWS)}")
    if given.markdown:
        around_table(given.markdown)  # a page that cannot take it is refused before hours of training
    for row in ROWS:
        if row.name in wanted:
            train(row, given)
    there = [row for row in ROWS if (given.out / row.name / "done").is_file()]
    runs: dict[str, Any] = {row.name: given.out / row.name for row in there}
    own = {row.name: without_degree_control(row, given) for row in there}
    some = max(1, given.limit // 2)
    both = ["--seeds", given.seeds, "--baseline-seeds", given.seeds, "--frames", given.frames, "--limit", given.limit]
    one = ["--seeds", 1, "--limit", some]
    reports = {
        "report": evaluate("report", runs | {"partfade": None, "simulate": None}, given, *both),
        "own": evaluate("own", own, given, *one, "--frames", given.frames),
        "long": evaluate("long", runs, given, *one, "--frames", given.long),
    }
    torch.set_num_threads(given.threads)
    rows: list[dict[str, Any]] = []
    for row in there:
        command = (given.out / row.name / "done").read_text("utf-8")
        paid = cost(FramesModel.from_pretrained(given.out / row.name), 256, "cpu", 1)
        facts = {"what": row.what, "options": " ".join(row.options), "command": command, "cost": paid}
        steps = int(command.split("--steps ")[1].split()[0])
        rows.append({"name": row.name, **facts, "steps": steps, "figures": cells(row.name, reports)})
    rows += [{"name": name, "figures": cells(name, reports)} for name in FOREIGN]
    with atomic_file(given.out / "ablations.json") as part:
        part.write_text(json.dumps({"settings": vars(given), "rows": rows}, indent=1, default=str), "utf-8")
    table = markdown(rows)
    if given.markdown:
        write_table(given.markdown, table)
    print(table)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:  # it printed what is wrong; the same command continues
        sys.exit(error.returncode)
