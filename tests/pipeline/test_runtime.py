"""Runtimes: what is exported computes the same without torch, and says by what it was computed."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from oldest import constraints

from ppp.cli.main import main
from ppp.modules.firstframe.conditioning import CONDITION_SIZE
from ppp.modules.frames.inference import StepRequest
from ppp.modules.io.errors import UserError
from ppp.modules.io.model_folder import check_graphs, check_model
from ppp.modules.segment.inference import _resample
from ppp.pipeline import export, runtime
from ppp.pipeline.loading import load_stage, read_pipeline
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "weights" / "portrait"
PIXEL = 1 / 255

# Runs a command of ppp where importing PyTorch, and all that only training needs, fails.
WITHOUT_TORCH = """
import sys

class Missing:
    def find_spec(self, name, *_):
        top = name.partition(".")[0]
        if top in ("torch", "torchvision", "segmentation_models_pytorch", "timm", "huggingface_hub", "scipy",
                   "skimage", "lightning_fabric", "onnx", "onnxscript", "onnx_ir"):
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)

sys.meta_path.insert(0, Missing())
from ppp.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def run_light(*words):
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def picture():
    image = cv2.cvtColor(cv2.imread(str(ROOT / "examples" / "portrait.png")), cv2.COLOR_BGR2RGB)
    return cv2.resize(image, (80, 96), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


@pytest.fixture(scope="module")
def exported(tiny_pipeline, tmp_path_factory):
    """The tiny frames model, exported: one stage, since tracing takes seconds."""
    pytest.importorskip("onnxscript")
    folder = tmp_path_factory.mktemp("exported") / "frames"
    assert main(["export", str(tiny_pipeline / "frames"), "-o", str(folder), "--quiet"]) == 0
    return folder


def networks(stage, folder):
    blocks = [load_stage(stage, folder / stage, "cpu", kind).block for kind in ("torch", "onnx")]
    return [block.network if stage == "frames" else block.predictor.network for block in blocks]


def near(found, wanted):
    return all(np.abs(np.asarray(a) - np.asarray(b)).max() < PIXEL for a, b in zip(found, wanted, strict=True))


def frames_masks(network, painting):
    h, w = painting.shape[:2]
    labels = (np.arange(h * w).reshape(h, w) * 5 // (h * w)).astype(np.uint8)
    states = np.stack([cv2.blur(painting, (k, k)) for k in (41, 31, 25, 21, 17, 13, 9, 7, 5, 1)])
    rng = np.random.default_rng(0)
    finish = rng.integers(0, 11, (h, w)).astype(np.uint8)
    request = StepRequest(rng.random(5).astype(np.float32), rng.random((h, w)).astype(np.float32), finish)
    prepared = network.prepare(painting, labels, labels, states)
    masks = network.predict(prepared, painting * 0.5 + 0.3, request, network.draw_z(h, w, 3, 4))
    opened = network.opacity(masks.weight_logits - 0.5)
    return masks.mix, masks.free, masks.weight, masks.weight_logits / 6, opened


def test_shipped_networks_say_the_same_in_both_runtimes(picture):
    padded = picture.transpose(2, 0, 1)[:, :96, :64]
    torch_net, onnx_net = networks("segment", SHIPPED)
    assert near([onnx_net.predict(padded)], [torch_net.predict(padded)])
    assert near([onnx_net.predict_portrait(padded)], [torch_net.predict_portrait(padded)])
    torch_net, onnx_net = networks("firstframe", SHIPPED)
    planes = CONDITION_SIZE + onnx_net.config.classes
    condition = np.random.default_rng(1).random((planes, 50, 37), np.float32)
    assert near([onnx_net.predict(condition)], [torch_net.predict(condition)])
    assert near(onnx_net.scores(condition), torch_net.scores(condition))
    torch_net, onnx_net = networks("frames", SHIPPED)
    assert near(frames_masks(onnx_net, picture), frames_masks(torch_net, picture))


def test_exported_network_says_what_it_did(exported, picture):
    torch_net, onnx_net = (load_stage("frames", exported, "cpu", kind).block.network for kind in ("torch", "onnx"))
    assert near(frames_masks(onnx_net, picture), frames_masks(torch_net, picture))


def test_whole_runs_agree_and_say_their_runtime(picture):
    runs = {}
    for kind in ("torch", "onnx"):
        lapse = Pipeline.from_pretrained("portrait", device="cpu", runtime=kind)(picture, 6, seed=1, medium="oil")
        runs[kind] = list(lapse)
        assert (lapse.process["runtime"], lapse.process["device"]) == (kind, "cpu")
    # A stroke whose colour lies between two steps of 8 bits may round the other way, and lead to others.
    assert all(np.abs(a - b).mean() < PIXEL for a, b in zip(*runs.values(), strict=True))


def test_a_graph_holds_no_weights_and_no_paths(exported):
    for graph in [*exported.glob("*.onnx"), *SHIPPED.rglob("*.onnx")]:
        data = graph.read_bytes()
        assert len(data) < 250_000 and b"model.safetensors" in data
        assert str(ROOT).encode() not in data and b"site-packages" not in data
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 40e6


def test_a_pipeline_is_exported_whole(tiny_pipeline, tmp_path, monkeypatch):
    def written(spec, model, folder, name):
        (folder / f"{name}.onnx").write_text(f"{type(model).__name__} {name}", "utf-8")
        return folder / f"{name}.onnx"

    monkeypatch.setattr(export, "export_graph", written)
    made = list(export.export_weights(str(tiny_pipeline), tmp_path / "out"))
    assert len(made) == 4 and read_pipeline(tmp_path / "out")["stages"] == {stage: stage for stage in STAGES}
    for stage in STAGES:
        manifest = check_model(tmp_path / "out" / stage, stage)
        assert sorted(check_graphs(tmp_path / "out" / stage, manifest)) == sorted(
            one.split()[1].removesuffix(".onnx") for one in made if one.startswith(stage)
        )
    with pytest.raises(UserError, match="already there"):
        next(export.export_weights(str(tiny_pipeline), tmp_path / "out"))


def test_damaged_graph_is_refused_and_a_model_without_one_is_told(exported, tiny_pipeline, tmp_path):
    shutil.copytree(exported, tmp_path / "bad")
    (tmp_path / "bad" / "step.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"step\.onnx is missing or damaged"):
        load_stage("frames", tmp_path / "bad", "cpu", "onnx")
    with pytest.raises(UserError, match="no ONNX graphs"):
        load_stage("frames", tiny_pipeline / "frames", "cpu", "onnx")


def test_saved_again_it_is_torch_s(tmp_path):
    Pipeline.from_pretrained("portrait", runtime="onnx").save_pretrained(tmp_path / "again")
    assert Pipeline.from_pretrained(tmp_path / "again").stage("frames").runtime == "torch"


@pytest.mark.parametrize(
    ("asked", "device", "exported", "have", "loaded", "chosen"),
    [
        ("auto", "auto", True, {"torch", "onnxruntime"}, False, "onnx"),
        ("auto", "cpu", True, {"torch", "onnxruntime"}, True, "torch"),
        ("auto", "cuda", True, {"torch", "onnxruntime"}, False, "torch"),
        ("auto", "auto", False, {"torch", "onnxruntime"}, False, "torch"),
        ("auto", "auto", True, {"torch"}, False, "torch"),
        ("torch", "auto", True, {"torch", "onnxruntime"}, False, "torch"),
        ("onnx", "cpu", True, {"torch", "onnxruntime"}, True, "onnx"),
        ("auto", "auto", False, {"onnxruntime"}, False, None),
        ("auto", "cuda", True, {"onnxruntime"}, False, None),
        ("auto", "auto", True, set(), False, None),
    ],
)
def test_runtime_is_what_is_there(asked, device, exported, have, loaded, chosen, monkeypatch):
    monkeypatch.setattr(runtime, "installed", have.__contains__)
    if not loaded:
        monkeypatch.delitem(sys.modules, "torch")
    if chosen is None:
        with pytest.raises(UserError):
            runtime.choose_runtime(asked, device, exported, "model")
    else:
        assert runtime.choose_runtime(asked, device, exported, "model") == chosen


def test_odd_runtimes_are_refused():
    for asked, device in (("jax", "cpu"), ("onnx", "cuda")):
        with pytest.raises(UserError, match="cannot be used"):
            runtime.check_runtime(asked, device)


@pytest.mark.parametrize("size", [(31, 50), (200, 133), (64, 64)])
def test_planes_are_scaled_as_torch_scales(size):
    planes = np.random.default_rng(0).random((2, 64, 90), np.float32)
    for antialias in (False, True):
        kind = {"mode": "bilinear", "align_corners": False, "antialias": antialias}
        wanted = torch.nn.functional.interpolate(torch.from_numpy(planes)[None], size, **kind)[0].numpy()
        assert np.abs(_resample(planes, size, antialias) - wanted).max() < 1e-5


def test_without_torch_it_paints_and_says_what_training_needs(picture, tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), picture[..., ::-1] * 255)
    done = run_light("run", tmp_path / "small.png", "-o", tmp_path / "out", "--frames", "3", "--quiet")
    assert done.returncode == 0, done.stderr
    process = json.loads((tmp_path / "out" / "process.json").read_text("utf-8"))
    assert (process["runtime"], process["device"]) == ("onnx", "cpu")
    done = run_light("train", "frames", tmp_path / "out", "-o", tmp_path / "run", "--steps", "1")
    assert done.returncode == 2 and "PyTorch is not installed" in done.stderr and "pip install -e" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_light_set_has_the_bounds_of_the_package():

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = (ROOT / "requirements" / "light.txt").read_text("utf-8").splitlines()
    light = [line for line in listed if line and not line.startswith("#")]
    assert {line.replace(">=", "==") for line in light} <= set(constraints(project))
    needed = {line.partition(">=")[0] for line in project["dependencies"]} - {"torch", "segmentation-models-pytorch"}
    served = {line.partition(">=")[0] for line in project["optional-dependencies"]["serve"]}
    assert needed | served | {"onnxruntime", "av"} == {line.partition(">=")[0] for line in light}
