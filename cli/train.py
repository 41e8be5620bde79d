"""`ppp train`: train one stage on labelled pictures or painting processes."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from ..modules.io.errors import UserError
from ..modules.training.settings import RunConfig, parse_settings
from ..pipeline.stages import STAGES
from .options import say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

PAPER_BATCH = 1


@app.command(
    help="Train STAGE (segment, firstframe or frames) on DATA and write the folder RUN. The same command continues a "
    "run that was stopped. RUN can be used as a stage: ppp run --stage STAGE=RUN."
)
def train(
    stage: Annotated[str, typer.Argument(help="segment, firstframe or frames.")],
    data: Annotated[
        list[Path], typer.Argument(help="Folders made by `ppp data`, or with a manifest.jsonl like the shared data.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="RUN", help="The folder of the run.")],
    steps: Annotated[int | None, typer.Option(help="Steps in all; 0 writes an untrained model.")] = None,
    batch: Annotated[int | None, typer.Option(help="Samples per step and process.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the training crops in pixels.")] = None,
    lr: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, order and augmentation.")] = 0,
    resume: Annotated[str, typer.Option(help="auto: continue what stands in RUN; never: refuse it.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="32 or bf16-mixed.")] = "32",
    variant: Annotated[str, typer.Option(help="default, or paper: the paper literally.")] = "default",
    perceptual: Annotated[
        str | None, typer.Option(help="vgg16, squeezenet or none: the perceptual loss of firstframe and frames.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop cleanly after so many minutes.")] = None,
    workers: Annotated[int, typer.Option(help="Loading processes; the run is the same for any number.")] = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 lets torch choose.")] = 0,
    ema: Annotated[float, typer.Option(help="Decay of the averaged weights that ship.")] = 0.999,
    log_every: Annotated[int, typer.Option(help="Steps per line of log.jsonl.")] = 10,
    save_every: Annotated[int, typer.Option(help="Steps per checkpoint.")] = 200,
    sheet_every: Annotated[int, typer.Option(help="Steps per sample sheet.")] = 500,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the stage itself (repeatable)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say how it ended as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no notes.")] = False,
) -> None:
    if stage not in STAGES:
        raise UserError(f"There is no stage {stage!r} to train.", fix=f"Use one of: {', '.join(STAGES)}.")
    if variant not in ("default", "paper"):
        raise UserError(f"There is no variant {variant!r}.", fix="Use default or paper.")
    options: dict[str, Any] = {"variant": variant, "crop": size, "lr": lr, "perceptual": perceptual}
    options = {name: value for name, value in options.items() if value is not None} | parse_settings(setting or [])

    from ..pipeline.device import matched_torch

    with matched_torch():
        import torch

        from ..modules.training.launch import seed_all
        from ..modules.training.loop import fit
        from ..modules.training.task import step_seed

        if threads:
            torch.set_num_threads(threads)
        run = RunConfig(
            out=out,
            steps=STAGES[stage].steps if steps is None else steps,
            seed=seed,
            batch=batch or (PAPER_BATCH if variant == "paper" else STAGES[stage].batch),
            resume=resume,
            device=device,
            precision=precision,
            workers=workers,
            ema_decay=ema,
            log_every=log_every,
            save_every=save_every,
            sheet_every=sheet_every,
            minutes=minutes,
            quiet=quiet,
        )
        make_task = import_module(f"..modules.{stage}.train", __package__).task
        seed_all(step_seed(seed, -1))  # the models are made here, with their first weights
        outcome = fit(make_task(data, options, run), run)
    if outcome.reason != "done":
        say(f"Stopped by {outcome.reason} after {outcome.step} steps; the same command continues.", quiet)
    print(json.dumps({"run": str(out), "step": outcome.step, "ended": outcome.reason}) if as_json else out)
    raise typer.Exit(outcome.exit_code)
