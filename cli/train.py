"""`ppp train`: train one stage on labelled pictures or painting processes."""

import json
from collections.abc import Callable
from importlib import import_module
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from ..modules.io.errors import UserError, choices
from ..modules.io.outputs import check_apart
from ..modules.training.settings import RunConfig, apply_settings, parse_settings, settings_of
from ..pipeline.stages import STAGES, import_class
from .completion import complete_names
from .options import AsJson, Quiet, print_note

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

PAPER_BATCH = 1
FLAGS = {"variant": "--variant", "crop": "--size", "lr": "--lr", "perceptual": "--perceptual"}  # of stages' settings


class TrainCommand(TyperCommand):
    """Lists the settings of the stage in the help of `ppp train STAGE --help`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["stage"] = next((word for word in args if word in STAGES), None)
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        if ctx.meta["stage"] is None:
            formatter.write("\n`ppp train STAGE --help` lists the settings of a stage for --set.\n")
            return
        with formatter.section(f"Settings of {ctx.meta['stage']}, with their defaults, for --set"):
            formatter.write_dl(_settings_rows(ctx.meta["stage"]))


def _settings_rows(stage: str) -> list[tuple[str, str]]:
    """`name=default` and help text of every setting of a stage."""
    variants = {
        variant: {name: setting for standard in standards for name, setting in settings_of(standard).items()}
        for variant, standards in import_class(STAGES[stage].defaults).items()
    }
    rows = []
    every = {name: setting for known in reversed(variants.values()) for name, setting in known.items()}
    for name, setting in {**variants["default"], **every}.items():
        notes = [f"also {FLAGS[name]}"] if name in FLAGS else []
        if name not in variants["default"]:
            notes.append(f"only in {', '.join(variant for variant, known in variants.items() if name in known)}")
        for variant, known in variants.items():
            if name in known and known[name].default not in (setting.default, variant):
                notes.append(f"{variant}: {_as_text(known[name].default)}")
        note = f"  [{'; '.join(notes)}]" if notes else ""
        rows.append((f"{name}={_as_text(setting.default)}", setting.help + note))
    return rows


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for every setting of a run, in place of its `**run`."""
    own = [p for p in signature(command, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    types = get_type_hints(RunConfig)
    for name, setting in settings_of(RunConfig).items():
        option = typer.Option("--" + name.replace("_", "-"), help=setting.help)
        kind = Annotated[types[setting.field], option]  # type: ignore[name-defined,valid-type]
        own.append(Parameter(setting.field, Parameter.KEYWORD_ONLY, default=setting.default, annotation=kind))
    command.__signature__ = Signature(own)  # type: ignore[attr-defined]
    return command


def _by_stage(field: str) -> str:
    """Format the defaults of the stages for help."""
    values = {name: getattr(spec, field) for name, spec in STAGES.items()}
    same = len(set(values.values())) == 1
    shown = str(values["frames"]) if same else ", ".join(f"{name} {value}" for name, value in values.items())
    return f"  [default: {shown}]"


@app.command(
    cls=TrainCommand,
    help="Train STAGE (segment, firstframe or frames) on DATA and write the folder RUN. The same command continues a "
    "run that was stopped. RUN can be used as a stage: ppp run --stage STAGE=RUN.",
)
@_with_run_options
def train(
    stage: Annotated[str, typer.Argument(autocompletion=complete_names(STAGES), help="segment, firstframe or frames.")],
    data: Annotated[
        list[Path], typer.Argument(help="Folders made by `ppp data`, or with a manifest.jsonl like the shared data.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="RUN", help="The folder of the run.")],
    steps: Annotated[
        int | None, typer.Option(help="Steps in all; 0 writes an untrained model." + _by_stage("steps"))
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Samples per step and process (paper: 1)." + _by_stage("batch"))
    ] = None,
    size: Annotated[int | None, typer.Option(help="Side of the training crops in pixels.")] = None,
    lr: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    variant: Annotated[
        str, typer.Option(help="default; paper: the paper literally; planner (frames): the order of --plan learned.")
    ] = "default",
    perceptual: Annotated[
        str | None, typer.Option(help="vgg16, squeezenet or none: the perceptual loss of firstframe and frames.")
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 lets torch choose.")] = 0,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the stage itself (repeatable)."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **run_options: Any,
) -> None:
    if stage not in STAGES:
        raise UserError(f"There is no stage {stage!r} to train.", fix=choices(stage, STAGES))
    check_apart(out, {"the data": data})
    spec = STAGES[stage]
    options: dict[str, Any] = {"variant": variant, "crop": size, "lr": lr, "perceptual": perceptual}
    options = {name: value for name, value in options.items() if value is not None} | parse_settings(setting or [])
    apply_settings(stage, import_class(spec.defaults), options)  # refuses them before torch is loaded
    run = RunConfig(
        out=out,
        steps=spec.steps if steps is None else steps,
        batch=batch or (PAPER_BATCH if variant == "paper" else spec.batch),
        quiet=quiet,
        **run_options,
    )

    from ..pipeline.device import matched_torch

    with matched_torch():
        import torch

        from ..modules.training.launch import seed_all
        from ..modules.training.loop import fit
        from ..modules.training.task import step_seed

        if threads:
            torch.set_num_threads(threads)
        make_task = import_module(f"..modules.{stage}.train", __package__).task
        seed_all(step_seed(run.seed, -1))  # the models are made here, with their first weights
        outcome = fit(make_task(data, options, run), run)
    if outcome.reason != "done":
        print_note(f"Stopped by {outcome.reason} after {outcome.step} steps; the same command continues.", quiet)
    print(json.dumps({"run": str(out), "step": outcome.step, "ended": outcome.reason}) if as_json else out)
    raise typer.Exit(outcome.exit_code)
