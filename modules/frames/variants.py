"""Variants of the frames stage: one table of what `variant`, in config.json or on the command line, chooses.

Classes are named as "module:Class" below this package, so that settings are listed without loading torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..io.errors import UserError
from .config import FramesConfig, FramesTraining
from .paper.config import PaperConfig, PaperTraining


@dataclass(frozen=True)
class Variant:
    """Default settings, and the classes of the model and of the training task with and without latent."""

    training: FramesTraining
    config: FramesConfig
    model: str
    task: str
    no_latent_task: str

    def model_class(self) -> Any:
        """Import the class of the model."""
        return _imported(self.model)

    def task_class(self, latent: bool) -> Any:
        """Import the class of the training task."""
        return _imported(self.task if latent else self.no_latent_task)


VARIANTS = {
    "default": Variant(FramesTraining(), FramesConfig(), "model:FramesModel", "train:FramesTask", "train:NoLatentTask"),
    "paper": Variant(
        PaperTraining(),
        PaperConfig(),
        "paper.model:PaperFramesModel",
        "paper.train:PaperTask",
        "paper.train:NoLatentPaperTask",
    ),
}
SETTINGS = {name: (variant.training, variant.config) for name, variant in VARIANTS.items()}


def find_variant(name: str) -> Variant:
    """Look a variant up; UserError when there is none of that name."""
    if name not in VARIANTS:
        raise UserError(f"variant {name!r} is unknown", fix=f"use one of: {', '.join(VARIANTS)}")
    return VARIANTS[name]


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f".{module}", __package__), name)
