"""`ppp data check`: figures, the picture, the file of degrees; folders and shards; what cannot be used."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from recorded import recorded, simulated

from ppp.cli.data.check import parse_intervals
from ppp.cli.main import main
from ppp.modules.io.errors import UserError
from ppp.modules.plans.sampled import load_rows


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for seed in range(3):
        simulated(folder / f"{seed}", seed, n_frames=16)
    return folder


def check(*arguments) -> int:
    return main(["data", "check", *map(str, arguments), "--jobs", "1", "--quiet"])


def test_balanced_degrees_come_more_evenly(data, tmp_path, capsys):
    assert check(data, "--json", "-o", tmp_path / "a.png") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["balanced"]["from_uniform"] < found["degrees"]["progress"]["from_uniform"]


def test_figures_picture_and_degrees(data, tmp_path, capsys):
    assert check(data, "--json", "-o", tmp_path / "a.png", "--degrees", tmp_path / "d.json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] == 3 and found["paintings"] == 1 and found["failed"] == []
    assert len(found["change_over_time"]) == 10 and len(found["verdicts"]) >= 5
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == 1560 and picture.height > 900
    assert load_rows(tmp_path / "d.json").shape[1] == 11
    assert check(data) == 0
    output = capsys.readouterr().out
    assert "3 processes" in output and "conflicts" in output and "intervals 1,3,5" in output


def test_the_web_page_needs_no_other_file(data, tmp_path):
    assert check(data, "-o", tmp_path / "a.html") == 0
    text = (tmp_path / "a.html").read_text()
    without = re.sub(r"base64,[\w+/=]+|http-equiv", "", text)  # four letters of a picture may be those by chance
    assert "data:image/png;base64," in text and "conflicts" in text and "http" not in without


def test_shards_are_checked_as_folders_are(data, tmp_path, capsys):
    assert main(["data", "shard", str(data), "-o", str(tmp_path / "shards"), "--jobs", "1"]) == 0
    capsys.readouterr()
    found = []
    for folder in (data, tmp_path / "shards"):
        assert check(folder, "--json") == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]


def test_what_cannot_be_used_is_listed_and_the_rest_is_checked(data, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    recorded(copy / "unlabelled")
    (copy / "1" / "frames" / "00003.png").write_bytes(b"no picture")
    assert check(copy, "--json", "-o", tmp_path / "a.png") == 3
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] == 2 and {row["process"] for row in found["failed"]} == {"1", "unlabelled"}
    assert "ppp data label" in next(row["why"] for row in found["failed"] if row["process"] == "unlabelled")
    assert np.asarray(Image.open(tmp_path / "a.png")).size > 0
    assert check(copy / "unlabelled") == 2


def test_wrong_options(data, tmp_path, capsys):
    (tmp_path / "there.png").write_bytes(b"mine")
    for arguments in (
        ["-o", tmp_path / "a.txt"], ["-o", tmp_path / "there.png"], ["--mode", "speed"], ["--intervals", "0"],
        ["--intervals", "a"], ["--degrees", tmp_path / "a.csv"], ["-o", tmp_path],
    ):  # fmt: skip
        assert check(data, *arguments) == 2
    assert (tmp_path / "there.png").read_bytes() == b"mine"
    assert check(tmp_path / "nothing") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_intervals():
    assert parse_intervals("1,3, 5,3") == (1, 3, 5)
    for text in ("", "1,,2", "-1", "1.5"):
        with pytest.raises(UserError):
            parse_intervals(text)
