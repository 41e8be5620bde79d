"""`ppp train`: errors before anything is computed, an untrained model, a run that continues."""

import json

import cv2
import numpy as np
import pytest

from ppp.cli.main import main
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.labels import PORTRAIT
from ppp.modules.training.settings import settings_of
from ppp.pipeline.stages import STAGES, import_class


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for seed in (0, 1):
        painting, labels = draw_sitter(64, seed)
        (folder / str(seed)).mkdir()
        rgb = (painting * 255).round().astype(np.uint8)
        cv2.imwrite(str(folder / str(seed) / "painting.png"), rgb[..., ::-1])
        PORTRAIT.save_png(folder / str(seed) / "labels.png", labels)
    return folder


TINY = ["--set", "decoder_channels=[8,8,8,8,8]", "--size", "32", "--batch", "2", "--threads", "1", "--device", "cpu"]


def test_an_untrained_run_then_a_trained_one_then_nothing_left_to_do(data, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["train", "segment", str(data), "-o", str(out), "--steps", "0", *TINY, "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == {"run": str(out), "step": 0, "ended": "done"}
    first = (out / "model" / "model.safetensors").read_bytes()
    assert main(["train", "segment", str(data), "-o", str(out), "--steps", "2", *TINY]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    trained = (out / "model" / "model.safetensors").read_bytes()
    assert trained != first
    assert main(["train", "segment", str(data), "-o", str(out), "--steps", "2", *TINY, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["step"] == 2
    assert (out / "model" / "model.safetensors").read_bytes() == trained


def test_the_first_weights_are_those_of_the_seed(data, tmp_path):
    weights = []
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        command = ["train", "segment", str(data), "-o", str(tmp_path / name), "--steps", "0", "--seed", seed, *TINY]
        assert main([*command, "--quiet"]) == 0
        weights.append((tmp_path / name / "model" / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dreams"], "no stage 'dreams'"),
        (["segment", "--variant", "huge"], "no variant 'huge'"),
        (["segment", "--variant", "paper"], "no variant 'paper'"),
        (["segment", "--steps", "-1"], "--steps -1"),
        (["segment", "--precision", "8"], "--precision 8"),
        (["segment", "--device", "tpu"], "--device tpu"),
        (["segment", "--set", "speed=3"], "no setting 'speed'"),
        (["segment", "--set", "speed"], "NAME=VALUE"),
        (["segment", "--set", "encoder_start=none.npz"], "no encoder weights at none.npz"),
    ],
)
def test_wrong_options_are_the_users_errors(data, tmp_path, capsys, arguments, said):
    code = main(["train", arguments[0], str(data), "-o", str(tmp_path / "run"), *arguments[1:]])
    shown = capsys.readouterr()
    assert code == 2 and said in shown.err and len(shown.err.splitlines()) <= 3
    assert shown.out == "" and not (tmp_path / "run").exists()


def test_missing_data_is_said(tmp_path, capsys):
    assert main(["train", "segment", str(tmp_path / "none"), "-o", str(tmp_path / "run"), "--steps", "0"]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("stage", STAGES)
def test_help_lists_every_setting_of_a_stage_with_its_default(stage, capsys):
    assert main(["train", stage, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for standard in import_class(STAGES[stage].defaults)["default"]:
        for name, setting in settings_of(standard).items():
            assert f" {name}=" in shown and setting.help in shown, name
    assert "crop=" in shown and "also --size" in shown and "[default: 0.999]" in shown
    assert main(["train", "--help"]) == 0
    assert "crop=" not in capsys.readouterr().out


def test_what_a_variant_changes_is_shown(capsys):
    assert main(["train", "firstframe", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "l1=20.0 Weight of the L1 loss. [paper: 0.0]" in shown
