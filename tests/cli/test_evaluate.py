"""`ppp evaluate` on two small sitters, with small untrained stages: everything but the learning is real."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from recorded import simulated

import ppp
from ppp.cli.main import main
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.model import FramesModel
from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.model import SegmentModel
from ppp.pipeline.evaluation.cases import EvalCase, EvalSettings
from ppp.pipeline.evaluation.result_cache import cache_path


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
        for name in by_system:  # whoever lays strokes takes a last look over everything
            assert by_system[name][0]["end_psnr"] > 50, name
        assert by_system["simulate"][0]["obey_spearman"] > by_system["crossfade"][0]["obey_spearman"]
        assert one["pairs"]["model"]["again"] == 0 and one["pairs"]["simulate"]["seeds"] > 0
        spread = one["pairs"]["partfade"]
        assert {"one_plan", "seeds", "spread_l1"} <= set(spread)
        assert spread["one_plan"] == 0 < one["pairs"]["simulate"]["one_plan"], "it knows one way, on any ground"


def test_cached_results_are_of_these_weights_and_this_config(weights, data, tmp_path):
    """A run that is trained on, or whose config is changed, is painted with anew under the same name."""
    names = []
    for seed, keep in ((0, 4.0), (1, 4.0), (1, 0.0)):
        torch.manual_seed(seed)
        FramesModel(FramesConfig(size=64, width=8, blocks=1, max_logit_shift=keep)).save_pretrained(
            tmp_path / f"{seed}{keep}"
        )
        systems = {"mine": str(tmp_path / f"{seed}{keep}"), "partfade": "partfade"}
        settings = EvalSettings(weights=str(weights), systems=systems, stages={}, cache=tmp_path / "kept")
        case = EvalCase("p0", data / "p0.png", None, "oil", "", settings)
        names.append([cache_path(settings, case, system) for system in systems])
    mine, partfade = map(set, zip(*names, strict=True))
    assert (len(mine), len(partfade)) == (3, 1)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--systems", "magic"], "no system 'magic'"),
        (["--split", "test"], "--split test"),
        (["--labels", "mine"], "--labels mine"),
        (["--weights", "no/such/folder"], "no/such/folder"),
        (["--stage", "frames=simulate"], "'untrained' cannot be made"),
        (["--other", "timecraft"], "NAME=FOLDER"),
        (["--other", "model=."], "a system 'model' already"),
        (["--other", "mine=no/such/folder"], "no/such/folder is no folder"),
        (["--other", "mine=."], "no frames for --other mine"),
        (["--perceptual", "lpips"], "no perceptual loss 'lpips'"),
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


def test_true_processes_other_tools_and_no_weights_at_all(tmp_path, capsys):
    """Two artists' processes of one painting, and somebody else's frames of it: twice as large, 10 after 9, a pause."""
    true = [simulated(tmp_path / "data" / f"true{seed}", seed) for seed in (0, 1)]
    mine = tmp_path / "mine" / "true0"
    mine.mkdir(parents=True)
    for index in range(14):
        frame = cv2.imread(str(true[1] / "frames" / f"{min(index, 11):05d}.png"))
        cv2.imwrite(str(mine / f"step{index}.png"), cv2.resize(frame, None, fx=2, fy=2))
    arguments = ["evaluate", str(tmp_path / "data"), "--systems", "none", "--other", f"mine={tmp_path / 'mine'}"]
    arguments += ["--weights", "no/such/weights", "-o", str(tmp_path / "out"), "--jobs", "1", "--perceptual", "none"]
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)["processes"]
    assert found["pictures"] == 1 and list(found["systems"]) == ["truth", "mine"]
    truth, other = found["systems"]["truth"], found["systems"]["mine"]
    assert other["order, tau"] > 0.8 > truth["order, tau"], "mine is one of the two; the two are not alike"
    assert other["change IoU"] > 0.7 and other["aligned SSIM"] > 0.9
    assert truth["spread of seeds, L1"] > 0 and "spread of seeds, L1" not in other
    assert "asked / reached, Spearman" in truth and "asked / reached, Spearman" not in other
    runs = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))["pictures"][0]["runs"]
    assert [(run["system"], run["seed"], run["frames"]) for run in runs] == [
        ("truth", 0, 12), ("truth", 1, 12), ("mine", 0, 14),
    ]  # fmt: skip
    text = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "No perceptual distance: it was not asked for." in text and "perceptual (" not in text
    assert (tmp_path / "out" / "processes-systems-1.png").is_file()


def test_systems_beside_a_true_process_and_never_with_its_own_seed(tmp_path, capsys):
    simulated(tmp_path / "data" / "true0", 0)
    arguments = ["evaluate", str(tmp_path / "data"), "--systems", "simulate,partfade,crossfade", "--frames", "12"]
    arguments += ["--seeds", "2", "-o", str(tmp_path / "out"), "--jobs", "1", "--quiet", "--perceptual", "none"]
    assert main([*arguments, "--json"]) == 0
    systems = json.loads(capsys.readouterr().out)["processes"]["systems"]
    assert list(systems) == ["truth", "simulate", "partfade", "crossfade"]
    assert systems["crossfade"]["order, tau"] == 0
    assert systems["simulate"]["spread of seeds, L1"] > 0.01
    assert systems["simulate"]["... order, tau, best of seeds"] >= systems["simulate"]["order, tau"]
    found = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))["pictures"][0]
    same = {name: pairs["one_plan"] for name, pairs in found["pairs"].items() if pairs}
    assert same["crossfade"] == same["partfade"] == 0 < same["simulate"], "but for the ground they know one way"
    painted = [run["seed"] for run in found["runs"] if run["system"] == "simulate"]
    assert painted == [1_000_003, 1], "seed 0 would be the true process again"
    assert all(run["change_iou"] < 1 for run in found["runs"] if run["system"] == "simulate")


def test_first_frames_are_scored_beside_what_needs_no_training(weights, data, tmp_path, capsys):
    out = tmp_path / "first"
    arguments = ["evaluate", "--first-frame", str(data), "--weights", str(weights), "-o", str(out), "--jobs", "1"]
    assert main([*arguments, "--size", "64", "--perceptual", "none"]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out / "first-frames.md")
    assert "untrained" in printed.err and "block" in printed.err
    found = json.loads((out / "first-frames.json").read_text("utf-8"))
    assert [one["name"] for one in found["pictures"]] == ["p0", "p1"], "the train picture is left out"
    assert {"first-frames-paintings-1.png", "first-frames-photos-1.png"} <= {path.name for path in out.iterdir()}
    for one in found["pictures"]:
        starts = {start: {name: f["L1"] for name, f in by.items()} for start, by in one["starts"].items()}
        assert list(starts) == ["toned", "sketch", "mass", "block"]
        assert starts["toned"]["ground"] < 0.003 > starts["toned"]["untrained"], "no paint where the plan asks for none"
        assert abs(starts["sketch"]["model"] - starts["sketch"]["ground"]) < 1e-3, "nobody trained it to draw lines"
        assert starts["block"]["flat"] < 0.7 * starts["block"]["ground"], "flat colours are nearer than no paint"
        assert starts["mass"]["flat"] < starts["mass"]["ground"]
        assert all("perceptual" not in figures for by in one["starts"].values() for figures in by.values())


def test_first_frame_mistakes_are_told(weights, data, tmp_path, capsys):
    common = [str(data), "--weights", str(weights), "-o", str(tmp_path / "out")]
    assert main(["evaluate", "--first-frame", *common, "--perceptual", "magic"]) == 2
    assert "magic" in capsys.readouterr().err
    bare = tmp_path / "bare"
    bare.mkdir()
    cv2.imwrite(str(bare / "a.png"), np.zeros((20, 20, 3), np.uint8))
    assert main(["evaluate", "--first-frame", str(bare), "--weights", str(weights), "-o", str(tmp_path / "out")]) == 2
    assert "label map" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
