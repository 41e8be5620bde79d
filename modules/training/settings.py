"""Settings: dataclass fields with a help text, from which come `--help`, `--set NAME=VALUE` and their checks.

    @dataclass(frozen=True)
    class MyTraining:
        lr: float = setting(1e-3, "Highest learning rate.")
        encoder: str = "resnet"  # a plain field: it follows from something else, and nobody sets it

        def __post_init__(self) -> None: ...  # raises UserError, which names the setting to fix

A stage's config.py has `SETTINGS`: {variant: (MyTraining(), MyConfig())}, all of its settings at their defaults.
Neither this module nor a config.py imports torch: help has to come at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from ..io.errors import UserError, choices

T = TypeVar("T")
Settings = Mapping[str, tuple[Any, ...]]

PRECISIONS = ("32", "bf16-mixed")


def setting(default: T, help: str, *, name: str = "", stored: str = "") -> T:
    """Declare a dataclass field that users may set.

    name: what users call it, where that is not the field's own name. stored: the name it has for users and in files,
    config.json above all (`io.config_json`).
    """
    return field(default=default, metadata={"help": help, "name": name or stored, "stored": stored})


@dataclass(frozen=True)
class Setting:
    """A declared setting: name, help text, the dataclass's field, and the default in a variant."""

    name: str
    help: str
    field: str
    default: Any


def settings_of(standard: Any) -> dict[str, Setting]:
    """List the settings of a dataclass, given as a type or as an instance that holds the defaults."""
    return {
        (name := f.metadata["name"] or f.name): Setting(name, f.metadata["help"], f.name, getattr(standard, f.name))
        for f in fields(standard)
        if "help" in f.metadata
    }


def parse_settings(texts: list[str]) -> dict[str, Any]:
    """Parse `NAME=VALUE` texts to {name: value}; a value is JSON (numbers, lists, true) where it can be, else text."""
    options: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UserError(
                f"--set {text} is not understood.", fix="Write it as NAME=VALUE, for example --set length=4"
            )
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return options


def apply_settings(stage: str, settings: Settings, options: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put options into the defaults of their variant.

    Args:
        settings: `SETTINGS` of the stage's config.py.
        options: {name: value}, `variant` among them where it is not the default one.

    Returns:
        The variant's dataclasses, with the options in them.

    Raises:
        UserError: there is no such variant or setting, or a value is of another type than the default.
    """
    variant = options.get("variant", "default")
    if variant not in settings:
        raise UserError(f"The {stage} stage has no variant {variant!r}.", fix=choices(variant, settings))
    known = [settings_of(standard) for standard in settings[variant]]
    names = [name for own in known for name in own]
    if unknown := sorted(set(options) - set(names)):
        raise UserError(f"The {stage} stage has no setting {unknown[0]!r}.", fix=choices(unknown[0], names))
    return tuple(
        replace(standard, **{own[name].field: _checked(own[name], options[name]) for name in own.keys() & options})
        for standard, own in zip(settings[variant], known, strict=True)
    )


def _checked(setting: Setting, value: Any) -> Any:
    """Check that a value is of the default's type; lists become tuples."""
    wanted = type(setting.default)
    if isinstance(value, list):
        value = tuple(value)
    if wanted is str and type(value) is int:
        value = str(value)  # a folder may be called 5
    fits = type(value) is wanted or (wanted is float and type(value) is int)
    if not fits:
        kind, example = {
            bool: ("a switch", f"{setting.name}=true or {setting.name}=false"),
            int: ("a whole number", f"{setting.name}={setting.default}"),
            float: ("a number", f"{setting.name}={setting.default}"),
            tuple: ("a list", f"{setting.name}={json.dumps(setting.default)}"),
            str: ("a text", f"{setting.name}=..."),
        }[wanted]
        raise UserError(f"{setting.name} is {value!r}", f"it is {kind}", f"write {example}")
    return value


@dataclass(frozen=True)
class RunConfig:
    """How a run goes, whatever the stage. Checks itself and names the option to fix."""

    out: Path  # the RUN folder: log.jsonl, run.json, checkpoints/, sheets/, model/
    steps: int  # total number of steps; 0 only writes the untrained model
    seed: int = setting(0, "Seed of weights, order and augmentation.")
    batch: int = 8  # samples per step and process
    resume: str = setting("auto", "auto: continue what stands in RUN; never: refuse it.")
    device: str = setting("auto", "auto, cpu, cuda, cuda:1 or mps.")
    precision: str = setting("32", "32 or bf16-mixed.")
    workers: int = setting(0, "Loading processes; the run is the same for any number.")
    channels_last: bool = True  # twice as fast for convolutions on CPUs, and with tensor cores
    ema_decay: float = setting(0.999, "Decay of the averaged weights that ship.", name="ema")
    log_every: int = setting(10, "Steps per line of log.jsonl.")
    save_every: int = setting(200, "Steps per checkpoint.")
    sheet_every: int = setting(500, "Steps per sample sheet.")
    minutes: float | None = setting(None, "Stop cleanly after so many minutes.")
    quiet: bool = False

    def __post_init__(self) -> None:
        least = {"steps": 0, "batch": 1, "workers": 0, "log_every": 1, "save_every": 1, "sheet_every": 1}
        for name, value in least.items():
            if getattr(self, name) < value:
                option = "--" + name.replace("_", "-")
                raise UserError(f"{option} {getattr(self, name)}", f"must be {value} or more", f"change {option}")
        if self.precision not in PRECISIONS:
            raise UserError(f"--precision {self.precision}", "unknown", f"use {' or '.join(PRECISIONS)}")
        if self.resume not in ("auto", "never"):
            raise UserError(f"--resume {self.resume}", "unknown", "use auto or never")
        if not 0.0 <= self.ema_decay < 1.0:
            raise UserError(f"--ema {self.ema_decay}", "must be in [0, 1)", "use 0.999")
