"""The ComfyUI nodes: schemas that say what the blocks' ports say, and nodes that do what they say."""

import asyncio
import importlib.util
import inspect
import sys
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import comfy_stub
import numpy as np
import pytest
import torch
from PIL import Image
from scenes import head

from ppp.modules.brush.media import MEDIA
from ppp.modules.io.errors import UserError
from ppp.pipeline.blocks.plan import PlanBlock
from ppp.pipeline.blocks.ports import PAINTING

PACK = Path(__file__).resolve().parents[2] / "integrations" / "comfyui"


class Interrupted(Exception):
    pass


@pytest.fixture(scope="module")
def comfy(tmp_path_factory):
    """The pack as ComfyUI loads it: the folder of outputs, progress, whether somebody stops it, and the nodes by id."""
    place = SimpleNamespace(outputs=tmp_path_factory.mktemp("outputs"), progress=[], stop=False)

    def interrupted():
        if place.stop:
            raise Interrupted

    with pytest.MonkeyPatch.context() as patch:
        for name, module in comfy_stub.install(place.outputs, place.progress, interrupted).items():
            patch.setitem(sys.modules, name, module)
        spec = importlib.util.spec_from_file_location(
            "painting_process_nodes", PACK / "__init__.py", submodule_search_locations=[str(PACK)]
        )
        pack = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, spec.name, pack)
        spec.loader.exec_module(pack)
        extension = asyncio.run(pack.comfy_entrypoint())
        place.nodes = {node.define_schema().node_id: node for node in asyncio.run(extension.get_node_list())}
        yield place
        for name in [name for name in sys.modules if name.startswith("painting_process_nodes")]:
            del sys.modules[name]


def execute(comfy, node_id, **values):
    """Run a node as ComfyUI does: with the defaults of its widgets -> what it gives."""
    node = comfy.nodes[node_id]
    inputs = node.define_schema().inputs
    usual = {one.id: one.default for one in inputs if one.default is not None}
    return node.execute(**(usual | values)).args


@pytest.fixture(scope="module")
def process(comfy, tiny_pipeline):
    """What the nodes give of a small head: parts, plan, process, video and last frame."""
    painting = torch.from_numpy(head()[0])[None]
    weights = {"weights": str(tiny_pipeline)}
    labels, masks, preview, names = execute(comfy, "PPPFindParts", painting=painting, **weights)
    few = {"painting": painting, "labels": labels, "n_frames": 4, "medium": "ink", **weights}
    plan, steps = execute(comfy, "PPPPlan", **few)
    folder, video, last = execute(comfy, "PPPPaint", plan=plan, **few)
    return SimpleNamespace(
        painting=painting, labels=labels, masks=masks, preview=preview, names=names, plan=plan, steps=steps,
        video=video, folder=folder, last=last,
    )  # fmt: skip


def test_every_node_takes_what_its_schema_says(comfy):
    assert len(comfy.nodes) == 6
    for node in comfy.nodes.values():
        schema = node.define_schema()
        schema.validate()
        assert schema.description
        asked = {one.id for one in schema.inputs}
        taken = inspect.signature(node.execute).parameters
        assert asked == set(taken)
        for one in schema.inputs:
            needs = taken[one.id].default is inspect.Parameter.empty
            assert needs != one.optional, (schema.node_id, one.id)
            assert one.tooltip
        for one in schema.outputs:
            assert one.tooltip


def test_schemas_are_those_of_the_ports(comfy):
    by_name = {one.id: one for one in comfy.nodes["PPPPlan"].define_schema().inputs}
    assert by_name["painting"].tooltip == PAINTING.description
    request = next(port for port in PlanBlock.inputs if port.kind == "request")
    assert by_name["n_frames"].default == request.default["n_frames"]
    assert by_name["seed"].default == request.default["seed"]
    assert by_name["plan_name"].default == request.default["plan"]
    assert by_name["medium"].options == ["auto", *MEDIA]


def test_parts_have_masks(process):
    names = process.names.split("\n")
    assert process.masks.shape == (len(names), *process.painting.shape[1:3])
    assert torch.equal(process.masks.sum(dim=0), torch.ones(process.painting.shape[1:3]))
    assert process.preview.shape == process.painting.shape


def test_paint_gives_the_video_by_path_and_frames_on_request(comfy, process):
    folder = Path(process.folder)
    assert folder == comfy.outputs / "ppp" / "process_00001"
    assert Path(process.video.file).parent == folder
    assert Path(process.video.file).is_file()
    assert comfy.progress[:4] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    (frames,) = execute(comfy, "PPPFrames", process=process.folder, first=1, count=5, every=2)
    assert frames.shape == (2, *process.painting.shape[1:])
    assert torch.equal(frames[-1:], process.last)
    assert process.plan.n_frames == 4
    assert len(process.steps.split("\n")) == 3
    with pytest.raises(UserError):
        execute(comfy, "PPPFrames", process=process.folder, first=9)


def test_step_sheet_and_layers(comfy, process):
    (pages,) = execute(comfy, "PPPStepSheet", process=process.folder)
    assert pages.shape[1:] == (3508, 2480, 3)
    (file,) = execute(comfy, "PPPSaveLayers", process=process.folder)
    assert file == f"{process.folder}.ora"
    with zipfile.ZipFile(file) as archive:
        assert "stack.xml" in archive.namelist()
    assert [path for path in Path(file).parent.iterdir() if "layers" in path.name] == []


def test_what_cannot_be_is_refused(comfy, process, tiny_pipeline):
    weights = {"weights": str(tiny_pipeline)}
    with pytest.raises(UserError, match="one of the batch"):
        execute(comfy, "PPPFindParts", painting=process.painting.repeat(2, 1, 1, 1), **weights)
    for prefix in ("../out", "", "/tmp/other"):
        with pytest.raises(UserError, match="leads out"):
            execute(comfy, "PPPPaint", painting=process.painting, filename_prefix=prefix, **weights)


def test_the_queue_can_be_stopped(comfy, process, tiny_pipeline):
    comfy.stop = True
    before = sorted(path.name for path in (comfy.outputs / "ppp").iterdir() if path.is_dir())
    with pytest.raises(Interrupted):
        execute(comfy, "PPPPaint", painting=process.painting, n_frames=3, weights=str(tiny_pipeline))
    comfy.stop = False
    assert sorted(path.name for path in (comfy.outputs / "ppp").iterdir() if path.is_dir()) == before


def test_the_pack_says_what_the_registry_asks_for():
    about = tomllib.loads((PACK / "pyproject.toml").read_text("utf-8"))
    assert {"name", "version", "description", "dependencies", "license"} <= about["project"].keys()
    assert {"PublisherId", "DisplayName"} <= about["tool"]["comfy"].keys()
    assert "comfy" not in about["project"]["name"].lower()
    wanted = (PACK / "requirements.txt").read_text("utf-8").split()
    assert wanted == about["project"]["dependencies"]
    assert not [name for name in wanted if "opencv" in name or "=" in name or "<" in name]


def test_pictures_are_not_changed_on_their_way(comfy, process):
    kept = np.asarray(Image.open(f"{process.folder}.png"))
    assert np.array_equal(kept, np.rint(process.painting[0].numpy().clip(0, 1) * 255).astype(np.uint8))
