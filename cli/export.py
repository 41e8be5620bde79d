"""`ppp export`: trained stages as ONNX graphs beside their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.outputs import check_apart
from .options import Overwrite, Quiet, print_note

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Export SOURCE, a training run, a model folder or a pipeline (a name, a folder or a Hub repository), to OUT: "
    "the same weights, with graphs beside them that run without PyTorch. Each is compared with PyTorch."
)
def export(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="What is exported.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write.")],
    push: Annotated[
        str | None,
        typer.Option(
            "--push", metavar="OWNER/NAME", help="Push OUT, a pipeline, to this Hugging Face repository, too."
        ),
    ] = None,
    private: Annotated[
        bool | None, typer.Option("--private/--public", help="With --push: who sees a repository that is new.")
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    check_apart(out, {"the source": source})
    from ..pipeline.hub import check_repository, push_folder

    if push is not None:
        check_repository(push)
    from ..pipeline.device import matched_torch

    with matched_torch():
        from ..pipeline.export import export_weights

        for name in export_weights(source, out, overwrite):
            print_note(f"{name}: the same as in PyTorch", quiet)
    print(out if push is None else push_folder(out, push, private=private))
