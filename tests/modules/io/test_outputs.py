"""Outputs never eat inputs: the one check that all commands use."""

import os

import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.io.outputs import check_apart


@pytest.fixture
def painting(tmp_path):
    path = tmp_path / "in" / "p.png"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    return path


def refused(out, *inputs):
    with pytest.raises(UserError, match="would be overwritten") as caught:
        check_apart(out, {"the painting": inputs})
    assert caught.value.why and caught.value.fix
    return caught.value.why


def test_an_output_that_is_the_input(painting, tmp_path):
    assert refused(painting, painting).endswith("is the painting itself.")
    (tmp_path / "link.png").symlink_to(painting)
    os.link(painting, tmp_path / "hard.png")
    for out in (tmp_path / "link.png", tmp_path / "hard.png", painting.parent / ".." / "in" / "p.png"):
        refused(out, painting)
        refused(painting, out)
    (tmp_path / "folder").symlink_to(painting.parent)
    refused(tmp_path / "folder" / "p.png", painting)
    refused(painting.parent, painting.parent)


def test_a_folder_that_holds_an_input(painting, tmp_path):
    assert refused(painting.parent, painting).endswith("holds the painting.")
    refused(tmp_path, painting)
    (tmp_path / "folder").symlink_to(painting.parent)
    refused(tmp_path / "folder", painting)
    refused(painting.parent, tmp_path / "folder" / "p.png")
    # the name of a link lies there, or what it leads to does
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sheet.png").symlink_to(painting)
    refused(tmp_path / "out", tmp_path / "out" / "sheet.png")
    (tmp_path / "link.png").symlink_to(painting)
    refused(painting.parent, tmp_path / "link.png")


def test_a_file_within_a_folder_that_is_an_input(painting):
    assert refused(painting, painting.parent).endswith("lies in the painting.")


def test_what_is_new_or_apart_is_free(painting, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    for out in (tmp_path / "out", tmp_path / "new", painting.parent / "new.png", painting.parent / "new"):
        check_apart(out, {"the painting": painting, "the folder": painting.parent, "the plan": None, "masks": []})
    # names that are no files: a stage's, "blank", a hub's, nonsense
    monkeypatch.chdir(tmp_path / "out")
    for name in ("blank", "simulate", "a\0b", "~no-such-user/a.png", "", "x" * 3000):
        if name:
            check_apart(".", {"the stage": name})
