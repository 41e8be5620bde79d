"""Shards that are not as they were written: nothing beside them is read, and no room is made for what is not there."""

import json

import pytest

from ppp.modules.data.processes.process import find_processes
from ppp.modules.io.errors import UserError

INFO = b'{"schema": 1, "kind": "recorded", "painting": {}}'


def write(folder, tar="train-000000.tar", files=None, **index):
    """A shard of one process, that holds nothing but its process.json."""
    folder.mkdir(exist_ok=True)
    (folder / "train-000000.tar").write_bytes(INFO)
    rows = {"process.json": [0, len(INFO)]} if files is None else files
    (folder / "train-000000.json").write_text(json.dumps({"processes": [{"files": rows}]}))
    entry = {"file": tar, "split": "train", "processes": ["one"]}
    content = {"schema": 1, "kind": "process shards", "shards": [entry], **index}
    (folder / "index.json").write_text(json.dumps(content))
    return folder


def test_what_is_written_is_read(tmp_path):
    (process,) = find_processes([write(tmp_path / "a")])
    assert process.info["kind"] == "recorded"


@pytest.mark.parametrize(
    "name", ["../train-000000.tar", "/etc/passwd", "a/b.tar", "..", "", ".tar", "\\\\host\\x.tar", "x.tar\n", "x"]
)
def test_a_shard_lies_beside_its_index(tmp_path, name):
    with pytest.raises(UserError, match="no shard's name"):
        find_processes([write(tmp_path / "a", tar=name)])


@pytest.mark.parametrize(
    "shards", [None, {}, [None], [{}], [{"file": 3, "split": "train", "processes": []}],
               [{"file": "a.tar", "split": "train", "processes": {"a": 1}}]]
)  # fmt: skip
def test_an_index_of_another_form_is_refused(tmp_path, shards):
    with pytest.raises(UserError, match=r"index\.json"):
        find_processes([write(tmp_path / "a", shards=shards)])


@pytest.mark.parametrize(
    "files",
    [
        {"process.json": [0, 10**12]}, {"process.json": [-5, 10]}, {"process.json": [0, -1]},
        {"process.json": [10**15, 5]}, {"process.json": [0, 10**8]}, {"process.json": [0.5, 3]},
        {"process.json": ["0", "9"]}, {"process.json": [True, 3]}, {"process.json": [0]}, {"process.json": 7}, [], 5,
        {"../process.json": [0, 3]}, {"frames/../../x": [0, 3]}, {"/etc/passwd": [0, 3]},
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused(tmp_path, files):
    (process,) = find_processes([write(tmp_path / "a", files=files)])
    with pytest.raises(UserError, match=r"cannot be read|cut off"):
        process.files.read("process.json")
