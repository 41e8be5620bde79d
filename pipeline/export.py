"""Export of pipelines and stages: their weights, untouched, with ONNX graphs beside them."""

import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from ..modules.io.errors import UserError
from ..modules.io.files import atomic_folder, file_sha256
from ..modules.io.model_folder import CONFIG, GRAPHS, WEIGHTS, check_model, model_folder, read_manifest, write_manifest
from ..modules.io.onnx_export import export_graph
from .blocks.registry import block_names
from .loading import PIPELINE_FILE, SHIPPED, copy_planner, find_folder, find_pipeline, read_pipeline
from .stages import STAGES, import_class


def export_weights(source: str, out: Path, overwrite: bool = False) -> Iterator[str]:
    """Write a training run, model folder or pipeline to `out` with its graphs; yields the name of each that was made.

    Raises:
        UserError: there is no such source, or `out` is there and `overwrite` is false.
        PPPError: a graph does not compute what torch does.
    """
    if out.exists() and not overwrite:
        raise UserError(f"{out} is already there.", fix="Choose another folder, or add --overwrite.")
    single = None
    if not (SHIPPED / source / PIPELINE_FILE).exists():
        folder = find_folder(source, "a source of an export", "a training run, or a pipeline's name")
        single = folder if (model_folder(folder) / CONFIG).exists() else None
    with atomic_folder(out) as part:
        if single is not None:
            yield from _export_stage(single, part)
            return
        folder, _ = find_pipeline(source)
        data = read_pipeline(folder)
        for stage in STAGES:
            own = data["stages"].get(stage, stage)
            if own in block_names(stage):
                continue
            place = folder / own if (folder / own).is_dir() else find_folder(own, f"stage {stage}", "a hub id")
            yield from _export_stage(place, part / stage)
            data["stages"][stage] = stage
        for path in folder.glob("*.md"):  # model card and licence
            shutil.copy(path, part)
        (part / PIPELINE_FILE).write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def _export_stage(source: Path, to: Path) -> Iterator[str]:
    stage = str(read_manifest(source)["stage"])
    manifest = check_model(source, stage)
    to.mkdir(parents=True, exist_ok=True)
    shutil.copy(model_folder(source) / WEIGHTS, to)
    write_manifest(to, manifest)
    model = import_class(STAGES[stage].model).from_pretrained(source)
    specs = import_module(f"..modules.{stage}.export", __package__).graph_specs(model)
    graphs = {}
    for name, spec in specs.items():
        path = export_graph(spec, model, to, name)
        graphs[path.name] = file_sha256(path)
        yield f"{stage} {path.name}"
    write_manifest(to, manifest | {GRAPHS: graphs})
    if stage == "frames":
        copy_planner(source, to)
