"""Bad and odd inputs, in small: `tests/faults/run.py --only bad-inputs` tries more of the same."""

import os

import numpy as np
import pytest
from PIL import Image

from faults import bad_inputs
from faults.documents import NO_TOML, PLAN_FILES, label_maps
from faults.pictures import IMPOSSIBLE, every, png, scene
from ppp.modules.io.errors import UserError
from ppp.modules.io.files import check_file, read_json
from ppp.modules.io.json_schema import find_mismatch
from ppp.modules.io.png_chunks import find_damage
from ppp.pipeline.images import read_picture

CORPUS = [case for case in every(2, 0) if "64 million" not in case.name]


def failures(trials):
    """What did not go right, all at once: [(name, error)]."""
    found = []
    for name, trial in trials:
        try:
            trial()
        except Exception as error:
            found.append(f"{name}: {type(error).__name__}: {error}")
    return found


@pytest.mark.skipif(os.name == "nt", reason="pipes, sockets and devices")
def test_the_corpus_is_read_right_or_refused(tmp_path):
    assert len(CORPUS) > 500
    before = bad_inputs.peak()
    trials = [
        (case.name, lambda case=case: bad_inputs.look(case, tmp_path, lambda path: read_picture(path).rgb))
        for case in CORPUS
    ]
    assert failures(trials) == []
    assert bad_inputs.peak() - before < bad_inputs.MOST_MEMORY


@pytest.mark.skipif(os.name == "nt", reason="pipes, sockets and devices")
def test_label_maps_are_read_right_or_refused(tmp_path):
    trials = [
        (case.name, lambda case=case: bad_inputs.look(case, tmp_path, bad_inputs.load_labels))
        for case in label_maps(2, 0)
    ]
    assert failures(trials) == []


def test_all_mistakes_of_a_plan_file_are_told(tmp_path):
    trials = list(bad_inputs.plan_files(tmp_path))
    assert len(trials) == len(PLAN_FILES) + len(NO_TOML)
    assert failures(trials) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes, sockets and devices")
def test_videos_are_read_or_refused(tmp_path):
    pytest.importorskip("av", reason="the extra [video] is not installed")
    assert failures(bad_inputs.films(2, 0, tmp_path)) == []


def test_json_files_are_used_or_refused(tmp_path):
    assert failures(bad_inputs.json_files(6, 0, tmp_path)) == []


def test_a_sample_goes_through_the_command_line(tmp_path):
    names = ("name: invalid UTF-8", "FIFO", "PNG cut at 50%")
    chosen = [case for case in CORPUS if case.name in names]
    assert len(chosen) == len(names)
    assert failures([(case.name, lambda case=case: bad_inputs.command(case, tmp_path)) for case in chosen]) == []


@pytest.mark.parametrize("name", IMPOSSIBLE, ids=lambda name: repr(name[:20]))
def test_paths_that_no_file_can_have(name):
    bad_inputs.refused(lambda: read_picture(name))


def test_the_judge_sees_what_is_wrong(tmp_path):
    """A corpus that lets everything pass would be worth nothing."""
    good = next(case for case in CORPUS if case.name == "PNG RGB")
    bad = next(case for case in CORPUS if case.name == "PNG cut at 50%")
    with pytest.raises(AssertionError, match="away"):
        bad_inputs.look(good, tmp_path, lambda path: read_picture(path).rgb[::-1].copy())
    with pytest.raises(AssertionError, match="read as"):
        bad_inputs.look(good, tmp_path, lambda path: read_picture(path).rgb[1:])
    with pytest.raises(AssertionError, match="beside"):
        bad_inputs.look(good, tmp_path, lambda path: (path.parent / "x").touch() or read_picture(path).rgb)
    with pytest.raises(AssertionError, match="refused"):
        bad_inputs.look(good, tmp_path, lambda path: read_picture(path.parent))
    with pytest.raises(OSError, match="truncated"):
        bad_inputs.look(bad, tmp_path, lambda path: np.asarray(Image.open(path)))
    with pytest.raises(AssertionError, match="it was read"):
        bad_inputs.refused(lambda: scene())


def test_damage_that_decoders_pass_over():
    data = png()
    assert find_damage(data) == "" and find_damage(b"no PNG") == "" and find_damage(data + b"more") == ""
    at = data.index(b"IDAT") + 60
    flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    assert "IDAT" in find_damage(flipped) and "IDAT" in find_damage(flipped, rows=False)
    with pytest.raises(UserError, match="IDAT"):
        read_picture(flipped)
    assert "ends at byte" in find_damage(data[:-1])
    for case in CORPUS:
        if case.name.startswith("PNG") and case.expected == "read" and isinstance(case.content, bytes):
            assert find_damage(case.content) == "", case.name


def test_schemas_of_json_values():
    schema = {"name": str, "size": [float], "?more": {"*": int}}
    assert find_mismatch({"name": "a", "size": [1, 0.5], "more": {"x": 1}, "other": None}, schema) == ""
    for value, words in (
        (3, "it is a whole number, not an object"), ({"size": []}, "name is missing"),
        ({"name": "a", "size": [True]}, "size[0] is true or false, not a number"),
        ({"name": "a", "size": "b"}, "size is text, not a list"),
        ({"name": None, "size": []}, "name is null, not text"),
        ({"name": "a", "size": [], "more": {"x": 1.5}}, "more.x is a number, not a whole number"),
    ):  # fmt: skip
        assert find_mismatch(value, schema) == words
    assert find_mismatch(None, (str, type(None))) == ""
    assert find_mismatch(3, (str, list)) == "it is a whole number, not text or a list"


def test_text_files_say_what_is_wrong_with_them(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(tmp_path / "a.json", "what") == {"a": 1}
    (tmp_path / "a.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match="not UTF-8 text"):
        read_json(tmp_path / "a.json", "It cannot be read.")
    with pytest.raises(UserError, match="directory"):
        check_file(tmp_path, "It cannot be read.")
