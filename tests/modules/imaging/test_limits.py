"""Files made to hurt are refused in a moment, and reading takes memory by the number of pixels, whatever the shape."""

import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from colour_profiles import png_of, tiff_of
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from ppp.modules.imaging.jpeg_scans import count_scans
from ppp.modules.imaging.picture import read_picture
from ppp.modules.io.errors import UserError
from ppp.modules.io.limits import MAX_SCANS, MAX_SIDE
from ppp.modules.io.png import decode_rgb
from ppp.modules.labels import PORTRAIT


def saved(image, form="PNG", **options):
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def progressive(side, more):
    """A progressive JPEG whose last scan comes `more` times again."""
    data = saved(Image.new("RGB", (side, side), (90, 120, 150)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * (more + 1) + data[-2:]


def claiming(width, height):
    return png_of((width, height), 8, 2, [])


def with_chunks(kind, head, size, times=1):
    """A PNG of a pixel with chunks that unpack to `size` bytes each."""
    return png_of((1, 1), 8, 2, [bytes(3)], *[(kind, head + b"\0\0" + zlib.compress(bytes(size), 9))] * times)


# name -> its file, and the reason for which it is refused
BOMBS = {
    "a JPEG of thousands of scans": (lambda: progressive(2000, 3000), "scans"),
    "1 x 24 million": (lambda: saved(Image.new("L", (1, 24_000_000))), "1x24000000"),
    "a header of 100,000 x 100,000": (lambda: claiming(100_000, 100_000), "pixels"),
    "a TIFF of 60,000 x 60,000": (lambda: tiff_of((60_000, 60_000, 3, [bytes(9)]), 8), "pixels"),
    "a PPM of a billion": (lambda: b"P6 1000000000 1 255\n", "pixels"),
    "one enormous text": (lambda: with_chunks(b"zTXt", b"Comment", 50_000_000), "texts"),
    "many large texts": (lambda: with_chunks(b"zTXt", b"Comment", 900_000, 500), "texts"),
    "an enormous profile": (lambda: with_chunks(b"iCCP", b"x", 50_000_000), "texts"),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_bombs_are_refused_at_once(name):
    make, reason = BOMBS[name]
    data = make()
    assert len(data) < 2_000_000
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(UserError, match=reason) as caught:
        read_picture(data)
    assert time.process_time() - started < 3
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert "damaged" not in str(caught.value) and caught.value.fix


def test_scans_are_counted_by_markers_alone():
    """Not in thumbnails, texts or what follows the picture; a usual progressive JPEG is far from the limit."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    plain, usual = saved(image, "JPEG", quality=95), saved(image, "JPEG", quality=95, progressive=True)
    assert count_scans(plain, 500) == 1
    assert 5 <= count_scans(usual, 500) <= 12
    assert count_scans(progressive(16, 40), 500) == count_scans(progressive(16, 0), 500) + 40
    scans = b"\xff\xda\x00\x02" * 1000
    with_text = plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(scans)) + scans + plain[2:]
    assert count_scans(with_text + scans, 500) == 1
    read_picture(with_text + scans)
    read_picture(progressive(16, MAX_SCANS // 2))


def test_long_pictures_within_the_limit_are_read():
    for size in ((1, MAX_SIDE), (MAX_SIDE, 1), (MAX_SIDE, 20)):
        assert read_picture(saved(Image.new("L", size))).rgb.shape == (size[1], size[0], 3)
    with pytest.raises(UserError, match="65536x1"):
        read_picture(np.zeros((1, MAX_SIDE + 1, 3), np.uint8))


def test_frames_and_label_maps_that_claim_too_much(tmp_path):
    (tmp_path / "a.png").write_bytes(claiming(100_000, 100_000))
    with pytest.raises(UserError, match="claims 100000x100000"):
        decode_rgb(claiming(100_000, 100_000), tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(png_of((9000, 9000), 8, 0, []))
    for name in ("a.png", "b.png"):
        with pytest.raises(UserError, match="cannot be used as a label map"):
            PORTRAIT.load_png(tmp_path / name)


@given(
    pixels=st.integers(1, 400_000),
    aspect=st.floats(-5, 5),
    mode=st.sampled_from(["L", "LA", "RGB", "RGBA", "P", "CMYK", "I;16"]),
)
@example(pixels=60_000, aspect=5.0, mode="RGBA")
@example(pixels=60_000, aspect=-5.0, mode="RGBA")
def test_memory_goes_by_pixels_not_by_shape(pixels, aspect, mode):
    """Of arrays and bytes, which Python counts; an image of Pillow takes 4 bytes a pixel more."""
    width = min(MAX_SIDE, max(1, round((pixels * 10**aspect) ** 0.5)))
    height = min(MAX_SIDE, max(1, pixels // width))
    image = Image.new(mode, (width, height), 0)
    data = saved(image, "TIFF" if mode in ("CMYK", "I;16") else "PNG")
    tracemalloc.start()
    read = read_picture(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (read.width, read.height) == (width, height)
    assert peak < 40 * width * height + 2_000_000
