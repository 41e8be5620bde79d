"""Every format holds every frame; the result folder is complete or not there."""

import json

import numpy as np
import pytest
from paintings import TEXT, frames, job, write
from PIL import Image

from ppp.modules.errors import PPPError, UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.pipeline.images import pixels_sha256
from ppp.pipeline.output import check_output, result_folder
from ppp.pipeline.values import Parts
from ppp.pipeline.writers import WRITERS
from ppp.pipeline.writers.sheet import MOST_STATES, SheetWriter, choose_states, parts_painted


def test_frames_are_kept_without_loss_and_named_by_number(tmp_path):
    pictures = frames((64, 48), 12)
    write(WRITERS["frames"], job(tmp_path, n_frames=12), pictures)
    paths = sorted((tmp_path / "frames").iterdir())
    assert [p.name for p in paths] == [f"{i:05}.png" for i in range(12)]
    for path, picture in zip(paths, pictures, strict=True):
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), picture)
            assert image.text == {**TEXT, "Pixels": pixels_sha256(picture)}


def test_segmentation_and_first_frame(tmp_path):
    work, pictures = job(tmp_path), frames((64, 48), 5)
    write(WRITERS["segmentation"], work, pictures)
    write(WRITERS["first_frame"], work, pictures)
    np.testing.assert_array_equal(PORTRAIT.load_png(tmp_path / "segmentation.png", (64, 48)), work.parts.labels)
    with Image.open(tmp_path / "first_frame.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pictures[1])


@pytest.mark.parametrize("n_frames", [2, 5, 13, 14, 40, 300])
def test_the_sheets_states_are_in_order_and_end_with_the_last_frame(n_frames):
    rng = np.random.default_rng(n_frames)
    asked = rng.random((n_frames - 1, 4)) * (rng.random((n_frames - 1, 4)) < 0.3)
    chosen = choose_states(asked.astype(np.float32), np.array([0.4, 0.3, 0.2, 0.1]))
    assert chosen[0] == 1
    assert chosen[-1] == n_frames - 1
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(n_frames - 1, MOST_STATES)


def test_a_plan_that_asks_for_nothing_still_has_a_sheet():
    assert choose_states(np.zeros((99, 3), np.float32), np.ones(3) / 3)[-1] == 99


def test_the_sheet_names_what_changed():
    labels = np.repeat(np.array([0, 1, 2], np.uint8), 20).reshape(6, 10)
    before = np.full((6, 10, 3), 200, np.uint8)
    after = before.copy()
    after[labels == 1] = 90
    after[labels == 2] = 195  # not to be seen
    parts = Parts(labels, LabelSet(("a", "b", "c"), ((0, 0, 0),) * 3, (-1,) * 3))
    assert parts_painted(before, after, labels, parts) == ["b"]
    assert parts_painted(before, before, labels, parts) == []


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (3000, 4), (40, 900)])
def test_the_sheet_is_a_picture_with_every_state_on_it(tmp_path, size):
    pictures = frames(size, 9)
    work = job(tmp_path, size, n_frames=9)
    write(SheetWriter, work, pictures)
    with Image.open(tmp_path / "sheet.png") as image:
        assert {**image.text, "Pixels": ""} == {**TEXT, "Pixels": ""}
        page = np.asarray(image).astype(int)
    assert max(page.shape) < 6000
    for picture in pictures[1:]:
        colour = picture.mean(axis=(0, 1)).astype(int)
        assert (np.abs(page - colour).max(axis=2) <= 12).any()


# ---- the result folder


def fill(folder):
    with result_folder(folder, overwrite=False) as part:
        (part / "frames").mkdir()
        (part / "frames" / "00000.png").write_bytes(b"x")
        (part / "process.json").write_text(json.dumps({"schema": 1}))


def test_a_result_appears_at_once_and_only_when_complete(tmp_path):
    out = tmp_path / "deep" / "out"
    with result_folder(out, overwrite=False) as part:
        (part / "process.json").write_text("{}")
        assert not out.exists()
        assert part.parent == out.parent
    assert [p.name for p in out.iterdir()] == ["process.json"]
    assert [p.name for p in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("failure", [PPPError("no"), KeyboardInterrupt(), ValueError("no")])
def test_a_failure_leaves_nothing_and_keeps_the_old(tmp_path, failure):
    out = tmp_path / "out"
    with pytest.raises(type(failure)), result_folder(out, overwrite=False):
        raise failure
    assert list(tmp_path.iterdir()) == []
    fill(out)
    with pytest.raises(type(failure)), result_folder(out, overwrite=True) as part:
        (part / "process.json").write_text("half")
        raise failure
    assert json.loads((out / "process.json").read_text()) == {"schema": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_old_result_is_only_replaced_when_asked(tmp_path):
    out = tmp_path / "out"
    fill(out)
    with pytest.raises(UserError, match="--overwrite"):
        check_output(out, overwrite=False)
    with result_folder(out, overwrite=True) as part:
        (part / "process.json").write_text("new")
    assert [p.name for p in out.iterdir()] == ["process.json"]


def test_nothing_of_a_person_is_ever_deleted(tmp_path):
    out = tmp_path / "out"
    fill(out)
    (out / "frames" / "mine.txt").write_text("dear")
    with pytest.raises(UserError, match=r"frames/mine\.txt"):
        check_output(out, overwrite=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match=r"letter\.txt"):
        check_output(tmp_path / "home", overwrite=True)
    with pytest.raises(UserError, match="file or a link"):
        check_output(tmp_path / "home" / "letter.txt", overwrite=True)
    with pytest.raises(UserError, match="is a file"):
        check_output(tmp_path / "home" / "letter.txt" / "below", overwrite=True)


def test_an_empty_folder_is_welcome(tmp_path):
    (tmp_path / "out").mkdir()
    fill(tmp_path / "out")
    assert (tmp_path / "out" / "process.json").exists()
