"""What a killed run leaves, and who may write where, in small: `tests/faults/run.py --only kill-run` does more."""

import os
import time

import numpy as np
import pytest
from PIL import Image

from faults import kill_run
from ppp.modules.io.errors import UserError
from ppp.modules.io.files import atomic_file, atomic_folder
from ppp.modules.io.locks import REPLACED, remove_stale, temp_prefix
from ppp.pipeline.output import result_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="locks that go with their process")


def old(path):
    """As if it had been made some time ago."""
    os.utime(path, (time.time() - 60,) * 2)
    return path


def test_a_killed_run_leaves_nothing_or_all_and_the_next_one_sweeps(tmp_path):
    painting, base = tmp_path / "painting.png", tmp_path / "base"
    Image.fromarray(kill_run.scene((128, 96))).save(painting)
    kill_run.kill(painting, base, tmp_path / "kill", 0, np.random.default_rng(0))


def test_a_second_run_into_the_same_place_is_refused(tmp_path):
    out = tmp_path / "out"
    with result_folder(out, False) as part:
        (part / "process.json").write_text("{}")
        with pytest.raises(UserError, match="Another run is writing"), result_folder(out, False):
            pass
        assert part.exists()
    assert (out / "process.json").exists() and os.listdir(tmp_path) == ["out"]


def test_a_result_that_came_meanwhile_is_not_replaced_unasked(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(UserError, match="meanwhile"), result_folder(out, False) as part:
        (part / "process.json").write_text("mine")
        out.mkdir()
        (out / "process.json").write_text("theirs")
    assert (out / "process.json").read_text() == "theirs" and os.listdir(tmp_path) == ["out"]
    with result_folder(out, True) as part:
        (part / "process.json").write_text("mine")
    assert (out / "process.json").read_text() == "mine" and os.listdir(tmp_path) == ["out"]


def test_what_killed_processes_left_is_swept_and_nothing_else(tmp_path):
    dead = tmp_path / (temp_prefix("out") + "abcd1234")
    dead.mkdir()
    (dead / "frames").mkdir()
    file = tmp_path / (temp_prefix("out") + "abcd1234.json")
    file.touch()
    others = [tmp_path / ".out.settings", tmp_path / ".outside", tmp_path / (temp_prefix("other") + "abcd1234")]
    for path in others:
        path.mkdir()
    assert not remove_stale(tmp_path, "out")
    assert dead.exists(), "it might have been made by somebody this very moment"
    for path in (dead, file, *others):
        old(path)
    with atomic_folder(tmp_path / "out") as part, atomic_file(tmp_path / "out.json") as half:
        old(part), old(half)
        assert remove_stale(tmp_path, "out")
        assert part.exists() and half.exists() and not dead.exists() and not file.exists()
        assert all(path.exists() for path in others)
        remove_stale(tmp_path)
        assert part.exists() and not others[2].exists() and others[0].exists()


def test_a_result_gets_its_name_back_when_its_replacement_was_killed_halfway(tmp_path):
    aside = tmp_path / (temp_prefix("out") + "abcd1234")
    (aside / REPLACED).mkdir(parents=True)
    (aside / REPLACED / "process.json").write_text("{}")
    old(aside)
    with pytest.raises(UserError, match="already holds a result"), result_folder(tmp_path / "out", False):
        pass
    assert os.listdir(tmp_path) == ["out"] and (tmp_path / "out" / "process.json").exists()


@pytest.mark.parametrize("name", ["x" * 251, "ä" * 125, os.fsdecode(b"caf\xe9")])
def test_long_and_strange_names_have_temporary_ones(tmp_path, name):
    with atomic_folder(tmp_path / name) as part:
        (part / "a").touch()
    with atomic_file(tmp_path / f"{name[:120]}.json") as part:
        part.write_text("{}")
    assert len(os.listdir(tmp_path)) == 2 and (tmp_path / name / "a").exists()
