"""FFmpeg's threads never wait for Python, whatever other packages have asked of PyAV."""

import pytest

from ppp.modules.io.ffmpeg import open_container

av = pytest.importorskip("av")


def test_nothing_is_logged_to_python(tmp_path):
    import av.logging

    before = av.logging.get_level()
    try:
        av.logging.set_level(av.logging.ERROR)  # as older torchvisions do when they are imported
        with open_container(tmp_path / "a.webm", "w") as container:
            assert container.format.name == "webm"
            assert av.logging.get_level() is None
        with pytest.raises(av.FFmpegError):
            open_container(tmp_path / "nothing.webm")
    finally:
        av.logging.set_level(before)
