"""Variants of the frames stage: what `variant`, in config.json or on the command line, chooses. Without torch."""

from importlib import import_module
from typing import Any

from ..io.errors import UserError, choices
from .config import FramesConfig, FramesTraining
from .paper.config import PaperConfig, PaperTraining
from .planner.config import PlannerConfig, PlannerTraining

# Variant -> defaults of its settings. `planner` trains the head that plans for a frames model.
SETTINGS: dict[str, tuple[Any, Any]] = {
    "default": (FramesTraining(), FramesConfig()),
    "paper": (PaperTraining(), PaperConfig()),
    "planner": (PlannerTraining(), PlannerConfig()),
}

# Classes, as "module:Class" below this package.
MODELS = {"default": "model:FramesModel", "paper": "paper.model:PaperFramesModel"}
TASKS = {"default": "train:FramesTask", "paper": "paper.train:PaperTask"}
NO_LATENT_TASKS = {"default": "train:NoLatentTask", "paper": "paper.train:NoLatentPaperTask"}


def model_class(variant: str) -> Any:
    """Import the class of a variant's model; UserError when there is no such variant."""
    if variant not in MODELS:
        raise UserError(f"variant {variant!r} is unknown", fix=choices(variant, MODELS))
    return _import(MODELS[variant])


def task_class(config: FramesConfig) -> Any:
    """Import the class of the training task for a config."""
    return _import((TASKS if config.latent else NO_LATENT_TASKS)[config.variant])


def _import(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f".{module}", __package__), name)
