"""The Hugging Face hub: a pipeline's folder is pushed there, with a model card that the hub can read."""

import re
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from ..modules.io.errors import PPPError, UserError
from ..modules.io.model_folder import model_folder
from ..modules.version import __version__
from .loading import PIPELINE_FILE, StageSource, find_stage

FILES = ("*.json", "*.safetensors", "*.onnx", "*.md")  # what belongs to a pipeline
CARD = "README.md"
_CARD = f"""---
license: other
library_name: painting-process-predict
pipeline_tag: image-to-video
tags:
- painting
- time-lapse
- image-segmentation
---
# {{name}}

A pipeline of Painting Process Predict {__version__}: from one finished painting, how it could have been painted.
What it gives is predicted, not recorded.

```python
from ppp import Pipeline

Pipeline.from_pretrained("{{name}}")("my-painting.jpg").save("out")
```
"""
_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def check_repository(repository: str) -> None:
    """Raise UserError for what is no OWNER/NAME."""
    if not _NAME.fullmatch(repository):
        raise UserError(f"{repository} is no Hub repository.", fix="Give it as OWNER/NAME, for example me/portrait.")


def gather_stages(sources: Mapping[str, StageSource], folder: Path) -> dict[str, str]:
    """Copy the models of a pipeline's stages into a folder, as they are; return what pipeline.json says of each stage.

    Raises UserError for a stage that is an object in memory, or does not exist.
    """
    stages: dict[str, str] = {}
    for name, source in sources.items():
        found = find_stage(name, source)
        if not isinstance(found, Path):
            if not isinstance(source, str):
                raise UserError("The pipeline cannot be pushed.", f"Its stage {name} is an object in memory.")
            stages[name] = source
            continue
        stages[name], model = name, model_folder(found)
        for path in model.rglob("*"):
            if path.is_file() and any(path.match(pattern) for pattern in FILES):
                target = folder / name / path.relative_to(model)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    return stages


def push_folder(
    folder: Path, repository: str, *, private: bool | None = None, branch: str | None = None, message: str = "",
    token: str | None = None,
) -> str:  # fmt: skip
    """Push a pipeline's folder as one commit; a repository that is not there is made. Returns the commit's address.

    Args:
        folder: as `Pipeline.save_pretrained` writes it; without a model card it gets a short one.
        repository: OWNER/NAME.
        private: whether a new repository is; None: as its owner has set it.
        branch: None: the main one.
        message: of the commit.
        token: of the hub; None: the one of `hf auth login`, or HF_TOKEN.

    Raises:
        UserError: it is no name of a repository, or no pipeline: a single stage has nothing that loads it from a hub.
        PPPError: the hub refused it, or cannot be reached.
    """
    check_repository(repository)
    if not (folder / PIPELINE_FILE).exists():
        fix = "Export a pipeline with that stage: Pipeline.from_pretrained(..., STAGE=FOLDER).save_pretrained(FOLDER)."
        raise UserError(f"{folder} is not pushed: it is no pipeline.", f"It has no {PIPELINE_FILE}.", fix)
    if find_spec("huggingface_hub") is None:
        why = "The package 'huggingface_hub' is not installed."
        raise UserError(f"{repository} cannot be pushed.", why, "python -m pip install huggingface_hub")
    from huggingface_hub import HfApi

    if not (folder / CARD).exists():
        (folder / CARD).write_text(_CARD.format(name=repository), "utf-8")
    api = HfApi(token=token)
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        if branch is not None:
            api.create_branch(repository, branch=branch, exist_ok=True)
        done = api.upload_folder(
            repo_id=repository, folder_path=folder, revision=branch, allow_patterns=list(FILES),
            commit_message=message or f"Pipeline of ppp {__version__}",
        )  # fmt: skip
    except Exception as error:  # the hub's client raises a dozen kinds
        reason = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise PPPError(
            f"{repository} could not be pushed.", f"The hub gave: {type(error).__name__} {reason}"[:300],
            "Check the name and the network; log in with: hf auth login",
        ) from error  # fmt: skip
    return str(done.commit_url)
