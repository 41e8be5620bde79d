"""FFmpeg's threads never wait for Python, and it opens one file: no list of others."""

import numpy as np
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


@pytest.mark.parametrize("name", ["list.mp4", "list.mkv", "list.webm"])
@pytest.mark.parametrize(
    "text",
    ["ffconcat version 1.0\nfile real.mp4\n", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nreal.mp4\n", "hello"],
)
def test_a_list_of_other_files_is_not_followed(tmp_path, name, text):
    from videos import write_video

    from ppp.modules.data.recording import open_video
    from ppp.modules.io.errors import UserError

    write_video(tmp_path / "real.mp4", [np.full((64, 64, 3), shade, np.uint8) for shade in (20, 200, 90)])
    open_video(tmp_path / "real.mp4")
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match="not a video"):
        open_video(tmp_path / name)
