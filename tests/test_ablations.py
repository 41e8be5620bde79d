"""The runner of the ablations: every row is a training that there is, every column a figure that there is."""

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.inference import set_painting
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.torch_network import TorchFramesNetwork
from ppp.modules.frames.variants import SETTINGS, model_class, task_class
from ppp.modules.labels import PORTRAIT
from ppp.modules.training.settings import apply_settings, parse_settings
from ppp.pipeline.evaluation.table_rows import TABLE_ROWS

HERE = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def runner():
    sys.path.insert(0, str(HERE))  # as it is when the script is run
    try:
        spec = importlib.util.spec_from_file_location("ablations", HERE / "ablations.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["ablations"] = module
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(HERE))
        sys.modules.pop("ablations", None)


def _given(out: Path) -> argparse.Namespace:
    return argparse.Namespace(
        processes=[Path("train")], held_out=[Path("val")], out=out, steps=10, batch=2, size=64, width=24, lr=1e-3,
        ema=0.9, from_step=2, threads=1, picture=128,
    )  # fmt: skip


def test_every_row_differs_from_the_default_in_known_settings_only(runner, tmp_path):
    commands = {row.name: runner.train_command(row, _given(tmp_path)) for row in runner.ROWS}
    assert len(set(map(tuple, commands.values()))) == len(runner.ROWS)
    for row in runner.ROWS:
        command = commands[row.name]
        assert command[:4] == ["ppp", "train", "frames", "train"]
        settings = [after for word, after in zip(command, command[1:], strict=False) if word == "--set"]
        training, config = apply_settings("frames", SETTINGS, parse_settings(settings))
        assert config.width == (16 if row.name == "paper" else 24)
        assert training.gan_from == 2
        assert command[command.index("--steps") + 1] == {"paper": "2", "no-keep": "0", "fresh": "0"}.get(row.name, "10")


def test_a_row_names_the_class_that_its_options_choose(runner):
    named = [row for row in runner.ROWS if row.code]
    assert {row.name for row in named} == {"difference", "free", "no-field", "no-skips", "no-latent", "paper"}
    for row in named:
        options = parse_settings([word for word in row.options if "=" in word])
        options |= {"variant": "paper"} if "paper" in row.options else {}
        _, config = apply_settings("frames", SETTINGS, {**options, "width": 16, "blocks": 1})
        model = model_class(config.variant)(config)
        painting = np.ones((32, 32, 3), np.float32)
        predictor = set_painting(
            TorchFramesNetwork(model), painting, np.ones((32, 32), np.uint8), PORTRAIT, (1.0, 1.0, 1.0)
        )
        kinds = {type(module) for module in model.modules()} | {type(predictor), task_class(config)}
        assert row.code in kinds


def test_every_column_is_a_figure_of_the_evaluation(runner):
    titles = {figure.title for figure in TABLE_ROWS}
    assert {title for _, _, title, _ in runner.COLUMNS} <= titles


def test_a_row_without_the_controller_has_the_same_weights(runner, tmp_path):
    torch.manual_seed(0)
    model = FramesModel(FramesConfig(width=8, style=2, local=4, blocks=1))
    model.save_pretrained(tmp_path / "default" / "model")
    row = next(row for row in runner.ROWS if row.name == "default")
    found = FramesModel.from_pretrained(runner.without_degree_control(row, _given(tmp_path)))
    assert (model.config.max_logit_shift, found.config.max_logit_shift) == (4.0, 0.0)
    assert all(torch.equal(v, model.state_dict()[k]) for k, v in found.state_dict().items())


def test_the_table_has_a_line_for_each_row_and_leaves_out_what_is_not_known(runner):
    report = {"summary": {"processes": {"systems": {"a": {"end PSNR, dB": 31.27}, "truth": {}}}}}
    reports = {name: report for _, name, _, _ in runner.COLUMNS}
    figures = runner.cells("a", reports)
    assert figures == {"end dB": 31.27, "long: end dB": 31.27}
    facts = {"what": "x", "options": "--seed 1", "steps": 7, "cost": {"parameters_M": 0.5, "frame_gflop": 1.25}}
    text = runner.markdown([{"name": "a", "figures": figures, **facts}, {"name": "truth", "figures": {}}])
    assert "| a | 31.3 |  | 31.3 |" in text
    assert "| a | x | `--seed 1` | 7 | 0.50 | 1.25 |" in text
    assert text.count("| truth |") == 2  # what is no network has no cost


def test_a_command_that_fails_stops_the_runner(runner, tmp_path, capsys):
    with pytest.raises(subprocess.CalledProcessError):
        runner.ppp(["ppp", "train", "nothing", "-o", str(tmp_path / "run")])
    assert "ppp train nothing" in capsys.readouterr().out


def test_the_table_goes_into_a_new_page_too(runner, tmp_path):
    page = tmp_path / "docs" / "new.md"
    runner.write_table(page, "| one |")
    assert "| one |" in page.read_text("utf-8")
    page.write_text(page.read_text("utf-8") + "Remarks.\n", "utf-8")
    runner.write_table(page, "| two |")
    text = page.read_text("utf-8")
    assert "| one |" not in text and text.index("| two |") < text.index("Remarks.")
    page.write_text("Only words.\n", "utf-8")
    runner.write_table(page, "| three |")
    assert page.read_text("utf-8").startswith("Only words.\n\n<!-- table") and "| three |" in page.read_text("utf-8")
    page.write_text(f"{runner.PAGE_BEGIN} and no end", "utf-8")
    with pytest.raises(SystemExit):  # asked before anything is trained
        runner.around_table(page)
