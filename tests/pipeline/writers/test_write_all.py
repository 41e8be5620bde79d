"""Several writers over one stream of frames."""

import pytest
from paintings import frames, job

from ppp.pipeline.writers import WRITERS, Writer, write_all


def states(size, n_frames):
    return [(frame, None) for frame in frames(size, n_frames)]


class Broken(Writer):
    aborted = False

    def add(self, index, frame, strokes):
        if index == 2:
            raise OSError("no space")

    def abort(self):
        Broken.aborted = True


def test_when_one_writer_fails_all_let_go(tmp_path):
    with pytest.raises(OSError, match="no space"):
        write_all(job(tmp_path), [WRITERS["video"], Broken], states((64, 48), 5))
    assert Broken.aborted


def test_progress_is_told_frame_by_frame(tmp_path):
    told = []
    facts = write_all(job(tmp_path), [WRITERS["video"]], states((64, 48), 5), lambda *now: told.append(now))
    assert told == [(i, 5) for i in range(1, 6)]
    assert facts["video"]["hold"] > 0
