"""Every format holds every frame; the result folder is complete or not there."""

import json

import numpy as np
import pytest
from paintings import TEXT, frames, job, write
from PIL import Image

from ppp.modules.io.errors import PPPError, UserError
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.images import pixels_sha256
from ppp.pipeline.output import check_output, result_folder
from ppp.pipeline.provenance import save_stamped
from ppp.pipeline.writers import WRITERS


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


def test_a_page_is_stamped_like_a_frame(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (1100, 40, 3), np.uint8)
    assert pixels_sha256(Image.fromarray(picture)) == pixels_sha256(picture) != pixels_sha256(picture[:, ::-1])
    save_stamped(Image.fromarray(picture), tmp_path / "a.png", TEXT, 300)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.text == {**TEXT, "Pixels": pixels_sha256(picture)} and "srgb" in image.info
        assert round(image.info["dpi"][0]) == 300


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
