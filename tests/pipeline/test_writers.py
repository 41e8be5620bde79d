"""Every format holds every frame; the result folder is complete or not there."""

import builtins
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from ppp.modules.errors import PPPError, UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.pipeline.output import check_output, result_folder
from ppp.pipeline.values import Parts
from ppp.pipeline.writers import WRITERS, Job
from ppp.pipeline.writers.sheet import MOST_STATES, SheetWriter, choose_states, parts_painted
from ppp.pipeline.writers.video import VideoWriter, frames_per_second, video_size

TEXT = {"Provenance": "predicted, not recorded"}


def job(folder, size=(64, 48), n_frames=5):
    labels = np.full((size[1], size[0]), 1, np.uint8)
    labels[size[1] // 2 :] = PORTRAIT.index("face")
    asked = np.random.default_rng(0).random((n_frames - 1, len(PORTRAIT))).astype(np.float32)
    return Job(folder, "somebody.jpg", size, n_frames, Parts(labels, PORTRAIT), asked, TEXT)


def frames(size, n_frames):
    """Smooth pictures, each of another colour: what a video codec keeps."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    ramp = (60 * x / size[0] + 60 * y / size[1])[..., None]
    colours = np.random.default_rng(1).integers(0, 130, (n_frames, 3))
    return [(ramp + colour).astype(np.uint8) for colour in colours]


def write(kind, work, pictures):
    writer = kind(work)
    for index, picture in enumerate(pictures):
        writer.add(index, picture)
    return writer.close()


def test_frames_are_kept_without_loss_and_named_by_number(tmp_path):
    pictures = frames((64, 48), 12)
    write(WRITERS["frames"], job(tmp_path, n_frames=12), pictures)
    paths = sorted((tmp_path / "frames").iterdir())
    assert [p.name for p in paths] == [f"{i:05}.png" for i in range(12)]
    for path, picture in zip(paths, pictures, strict=True):
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), picture)
            assert image.text == TEXT


@pytest.mark.parametrize("size", [(64, 48), (63, 49), (1, 1), (5000, 4), (2500, 1500)])
def test_the_video_decodes_again(tmp_path, size):
    av = pytest.importorskip("av")
    pictures = frames(size, 5)
    facts = write(VideoWriter, job(tmp_path, size), pictures)["video"]
    assert facts["file"] == "timelapse.mp4"
    (width, height), padded = video_size(size)
    with av.open(str(tmp_path / "timelapse.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert float(stream.average_rate) == facts["fps"]
        assert container.metadata["comment"] == "predicted, not recorded"
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(decoded) == 5 + facts["hold"]
    assert facts["hold"] / facts["fps"] == pytest.approx(2)
    assert decoded[0].shape == (padded[1], padded[0], 3)
    assert padded[0] % 2 == padded[1] % 2 == 0
    for picture, frame in zip([*pictures, pictures[-1]], decoded, strict=False):
        wanted = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        error = np.abs(frame[:height, :width].astype(float) - wanted)
        assert error.mean() < 4, "the right frame, in the right colours"


def test_the_video_starts_before_it_is_all_there(tmp_path):
    pytest.importorskip("av")
    write(VideoWriter, job(tmp_path), frames((64, 48), 5))
    data = (tmp_path / "timelapse.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_without_pyav_the_video_is_webm_and_decodes_again(tmp_path, monkeypatch):
    real = builtins.__import__

    def no_av(name, *args, **kwargs):
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_av)
    pictures = frames((65, 48), 5)
    facts = write(VideoWriter, job(tmp_path, (65, 48)), pictures)["video"]
    assert facts["file"] == "timelapse.webm"
    assert facts["codec"] in ("vp9", "vp8")
    assert not (tmp_path / "timelapse.mp4").exists()
    video = cv2.VideoCapture(str(tmp_path / "timelapse.webm"))
    decoded = []
    while True:
        found, frame = video.read()
        if not found:
            break
        decoded.append(frame[..., ::-1])
    assert len(decoded) == 5 + facts["hold"]
    for picture, frame in zip(pictures, decoded, strict=False):
        assert np.abs(frame[:48, :65].astype(float) - picture).mean() < 6


def test_the_speed_suits_the_length():
    assert frames_per_second(2) == 2
    assert 3 < 40 / frames_per_second(40) < 10
    assert frames_per_second(10_000) == 30


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
        assert image.text == TEXT
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
