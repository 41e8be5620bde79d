"""`ppp evaluate` on two small sitters, with small untrained stages: everything but the learning is real."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import ppp
from ppp.cli.main import main
from ppp.modules.data.portraits import draw_sitter
from ppp.modules.firstframe.model import FirstFrameConfig, FirstFrameModel
from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.model import FramesModel
from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.model import SegmentConfig, SegmentModel


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    SegmentModel(SegmentConfig(size=64, decoder_channels=(32, 24, 16, 16, 8))).save_pretrained(folder / "segment")
    FirstFrameModel(FirstFrameConfig(size=64, widths=(8, 8, 8, 8), blocks=1)).save_pretrained(folder / "firstframe")
    FramesModel(FramesConfig(size=64, width=8, blocks=1)).save_pretrained(folder / "frames")
    stages = {name: name for name in ("segment", "firstframe", "frames")}
    (folder / "pipeline.json").write_text(json.dumps({"format": 1, "graph": "default", "stages": stages}), "utf-8")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder of two sitters, one of them called a photo, and a picture of the train split."""
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for i, (kind, split) in enumerate([("oil", "val"), ("photo", "val"), ("oil", "train")]):
        painting, labels = draw_sitter((48, 64), i)
        pixels = painting if painting.dtype == np.uint8 else np.round(painting * 255).astype(np.uint8)
        cv2.imencode(".png", pixels[..., ::-1])[1].tofile(folder / f"p{i}.png")
        PORTRAIT.save_png(folder / f"l{i}.png", labels)
        rows.append({"file": f"p{i}.png", "labels": f"l{i}.png", "kind": kind, "split": split, "quality": "A"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def test_one_command_makes_table_json_sheets_and_markdown(weights, data, tmp_path, capsys):
    out, page = tmp_path / "report", tmp_path / "docs" / "results.md"
    arguments = ["evaluate", str(data), "--weights", str(weights), "-o", str(out), "--frames", "8", "--seeds", "2"]
    arguments += ["--rollout", "10", "--size", "48", "--jobs", "1", "--labels", "given", "--markdown", str(page)]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out / "report.md")
    assert "end PSNR" in printed.err and "segmentation" in printed.err
    found = json.loads((out / "figures.json").read_text("utf-8"))
    assert [one["name"] for one in found["pictures"]] == ["p0", "p1"], "the train picture is left out"
    assert page.read_text("utf-8") == (out / "report.md").read_text("utf-8")
    assert {"paintings-model-1.png", "paintings-systems-1.png", "photos-model-1.png"} <= {p.name for p in out.iterdir()}
    for one in found["pictures"]:
        assert one["named"] and one["rollout"]["frames"] == 10 and np.sum(one["segmentation"]) > 0
        by_system = {
            s: [run for run in one["runs"] if run["system"] == s] for s in found["summary"]["paintings"]["systems"]
        }
        assert {name: len(runs) for name, runs in by_system.items()} == {
            "model": 2,
            "untrained": 1,
            "partfade": 1,
            "crossfade": 1,
            "simulate": 2,
        }
        for name in ("partfade", "crossfade", "simulate"):
            assert by_system[name][0]["end_psnr"] > 50, name
        assert by_system["simulate"][0]["obey_spearman"] > by_system["crossfade"][0]["obey_spearman"]
        assert by_system["model"][0]["end_psnr"] < 40, "nobody trained it"
        assert one["pairs"]["model"]["again"] == 0 and one["pairs"]["simulate"]["seeds"] > 0
        assert one["pairs"]["partfade"] == {"one_plan": 0.0, "seeds": 0.0}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--systems", "magic"], "no system 'magic'"),
        (["--split", "test"], "--split test"),
        (["--labels", "mine"], "--labels mine"),
        (["--weights", "no/such/folder"], "no/such/folder"),
        (["--stage", "frames=simulate"], "'untrained' cannot be made"),
    ],
)
def test_mistakes_are_told_before_anything_is_painted(weights, data, tmp_path, capsys, more, says):
    arguments = ["evaluate", str(data), "--weights", str(weights), "-o", str(tmp_path / "out"), *more]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said and len(said.splitlines()) <= 3


def test_no_pictures_and_a_report_inside_the_package(weights, data, capsys):
    assert main(["evaluate", "-o", "anywhere"]) == 2
    assert "--shared-data" in capsys.readouterr().err
    inside = Path(ppp.__file__).resolve().parent / "docs" / "report"
    assert main(["evaluate", str(data), "-o", str(inside)]) == 2
    assert not inside.exists()
    assert "other people's pictures" in capsys.readouterr().err


def test_first_frames_are_scored_beside_what_needs_no_training(weights, data, tmp_path, capsys):
    out = tmp_path / "first"
    arguments = ["evaluate", "--first-frame", str(data), "--weights", str(weights), "-o", str(out), "--jobs", "1"]
    assert main([*arguments, "--size", "64"]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out / "first-frames.md")
    assert "untrained" in printed.err and "block" in printed.err
    found = json.loads((out / "first-frames.json").read_text("utf-8"))
    assert [one["name"] for one in found["pictures"]] == ["p0", "p1"], "the train picture is left out"
    assert {"first-frames-paintings-1.png", "first-frames-photos-1.png"} <= {path.name for path in out.iterdir()}
    for one in found["pictures"]:
        starts = {start: {name: f["L1"] for name, f in by.items()} for start, by in one["starts"].items()}
        assert list(starts) == ["toned", "sketch", "mass", "block"]
        assert starts["toned"]["ground"] < 0.003 < 0.05 < starts["toned"]["model"], "nobody trained it"
        assert starts["toned"]["untrained"] > 0.05
        assert starts["block"]["flat"] < 0.7 * starts["block"]["ground"], "flat colours are nearer than no paint"
        assert starts["mass"]["flat"] < starts["mass"]["ground"]
        assert all("perceptual" not in figures for by in one["starts"].values() for figures in by.values())


def test_first_frame_mistakes_are_told(weights, data, tmp_path, capsys):
    common = [str(data), "--weights", str(weights), "-o", str(tmp_path / "out")]
    assert main(["evaluate", *common, "--perceptual", "squeezenet"]) == 2
    assert "--first-frame" in capsys.readouterr().err
    assert main(["evaluate", "--first-frame", *common, "--perceptual", "magic"]) == 2
    assert "magic" in capsys.readouterr().err
    bare = tmp_path / "bare"
    bare.mkdir()
    cv2.imwrite(str(bare / "a.png"), np.zeros((20, 20, 3), np.uint8))
    assert main(["evaluate", "--first-frame", str(bare), "--weights", str(weights), "-o", str(tmp_path / "out")]) == 2
    assert "label map" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
