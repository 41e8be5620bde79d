"""`ppp watch`: whole files only, each once, in their order; what fails does not stop it; started again it goes on."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from ppp.cli.main import main
from ppp.cli.watch import Watch


class Time:
    """A clock that moves only while somebody waits, and what happens meanwhile."""

    def __init__(self, *events):
        self.now, self.events = 0.0, list(events)

    def wait(self, seconds):
        self.now += seconds
        if not self.events:
            raise KeyboardInterrupt
        self.events.pop(0)()


def seen(folder, *events, settle=2.0):
    """The names of the files that are painted while events happen, one a second."""
    time, found = Time(*events), []
    watch = Watch(folder, settle, clock=lambda: time.now, wait=time.wait)
    try:
        for job in watch.jobs():
            found.append((os.path.basename(job.source), job.name, time.now))
    except KeyboardInterrupt:
        return found


def nothing():
    pass


def test_a_file_is_taken_when_it_has_not_changed_for_a_moment(tmp_path):
    path = tmp_path / "a.png"

    def write(count):
        return lambda: path.write_bytes(b"x" * count)

    found = seen(tmp_path, write(1), write(2), write(3), nothing, nothing, nothing, nothing)
    assert found == [("a.png", "a", 5.0)]  # the last change was seen at 3


def test_what_changes_is_painted_again_and_nothing_else_is(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    change = lambda: (tmp_path / "a.png").write_bytes(b"other")  # noqa: E731
    found = seen(tmp_path, nothing, nothing, nothing, change, nothing, nothing, nothing, nothing)
    assert [(name, time) for name, _, time in found] == [("a.png", 2.0), ("a.png", 6.0)]


def test_only_pictures_are_taken_and_names_do_not_collide(tmp_path):
    for name in ("a.png", "a.jpg", "d.kra", "notes.txt", "._b.png", "._d.kra", "empty.png"):
        (tmp_path / name).write_bytes(b"" if name == "empty.png" else b"x")
    (tmp_path / "c.png").mkdir()
    found = seen(tmp_path, nothing, nothing, nothing)
    assert sorted(name for name, _, _ in found) == ["a.jpg", "a.png", "d.kra"]
    assert sorted(result for _, result, _ in found) == ["a", "a-2", "d"]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        picture = rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(picture).save(tmp_path / "in" / f"{name}.png")
    (tmp_path / "in" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return tmp_path


def test_the_command(place, capsys, tiny_pipeline):
    command = ["watch", str(place / "in"), "-o", str(place / "out"), "--once", "--settle", "0.1", "--frames", "3"]
    command += ["--stage", "frames=partfade", "--first-frame", "blank", "--weights", str(tiny_pipeline), "--quiet"]
    assert main([*command, "--device", "cpu"]) == 3
    said = capsys.readouterr()
    assert sorted(said.out.split()) == [str(place / "out" / name) for name in ("a", "b")]
    assert "broken.png" in said.err
    assert (place / "out" / "a" / "process.json").is_file()
    assert not (place / "out" / "broken").exists()
    rows = [json.loads(line) for line in (place / "out" / "watch.jsonl").read_text().splitlines()]
    assert sorted(row["state"] for row in rows) == ["failed", "painted", "painted"]
    assert main([*command, "--json"]) == 3
    again = [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(again) == ["failed", "kept", "kept"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("watch nowhere -o out", "no such folder"),
        ("watch in/a.png -o out", "It is a file"),
        ("watch in -o in", "among the pictures"),
        ("watch in -o out --layers doc", "--layers doc"),
        ("watch in -o out --split a=2", "belong to one painting"),
        ("watch in -o out --settle -1", "--settle"),
    ],
)
def test_what_cannot_be_is_refused(place, capsys, monkeypatch, words, why):
    monkeypatch.chdir(place)
    assert main(words.split()) == 2
    assert why in capsys.readouterr().err
    assert not (place / "out").exists()
