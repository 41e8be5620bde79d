"""Writers over one stream of frames; a saved result written once more."""

import json

import numpy as np
import pytest
from paintings import frames, job
from PIL import Image

from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.verify import verify
from ppp.pipeline.writers import WRITERS, VideoOptions, Writer, write_again, write_all


class Broken(Writer):
    aborted = False

    def add(self, index, frame):
        if index == 2:
            raise OSError("no space")

    def abort(self):
        Broken.aborted = True


def test_when_one_writer_fails_all_let_go(tmp_path):
    with pytest.raises(OSError, match="no space"):
        write_all(job(tmp_path), [WRITERS["video"], Broken], frames((64, 48), 5))
    assert Broken.aborted


def test_progress_is_told_frame_by_frame(tmp_path):
    told = []
    facts = write_all(job(tmp_path), [WRITERS["video"]], frames((64, 48), 5), lambda *now: told.append(now))
    assert told == [(i, 5) for i in range(1, 6)]
    assert facts["video"]["hold"] > 0


def test_a_saved_result_is_written_once_more_without_painting(tmp_path, tiny_pipeline):
    picture = np.random.default_rng(0).random((48, 40, 3))
    saved = Pipeline.from_pretrained(tiny_pipeline, device="cpu")(picture, 4).save(tmp_path / "out")
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}
    (tmp_path / "more").mkdir()
    kinds = [WRITERS["video"], WRITERS["overlay"], WRITERS["sheet"]]
    facts = write_again(saved, tmp_path / "more", kinds, VideoOptions(("apng",), duration=3))
    assert {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()} == before
    process = json.loads((saved / "process.json").read_text())
    assert facts["sheet"]["steps"] == process["sheet"]["steps"]
    assert (tmp_path / "more" / "sheet.png").read_bytes() == (saved / "sheet.png").read_bytes()
    with Image.open(tmp_path / "more" / "timelapse.apng") as image:
        for index in range(4):
            image.seek(index)
            with Image.open(saved / "frames" / f"{index:05}.png") as frame:
                np.testing.assert_array_equal(np.asarray(image.convert("RGB")), np.asarray(frame))
    assert verify(tmp_path / "more" / "timelapse.apng").process == process["id"]
