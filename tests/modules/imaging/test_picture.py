"""One reader for every picture: colours in whichever way a file describes them, transparency, and true refusals."""

import io
import struct

import numpy as np
import pytest
from colour_profiles import icc_profile, png_of, tiff_of, with_profile
from PIL import Image

from ppp.modules.data.pictures import find_pictures
from ppp.modules.data.recording.video_reader import open_video
from ppp.modules.imaging.picture import is_picture, read_levels, read_picture
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import encode_png, encode_rgb, png_info

COLOUR = (200, 80, 40)
# COLOUR of each space in sRGB, after ICC profiles of gamma 2.2 (a matrix and a power, computed by hand)
IN_SRGB = {"Display P3": (0.855, 0.263, 0.012), "Adobe RGB": (0.902, 0.310, 0.125)}
HALF_LIGHT = 0.737  # 128 of 255, taken as a share of the light, in sRGB


def saved(image, form="PNG", **options):
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def colour_of(data):
    return read_picture(data).rgb[0, 0]


def close(value, wanted, tolerance=0.008):
    np.testing.assert_allclose(value, np.broadcast_to(wanted, 3), atol=tolerance)


@pytest.mark.parametrize("space", list(IN_SRGB))
@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *((form, mode) for form in ("PNG", "WEBP", "TIFF", "AVIF") for mode in ("RGB", "RGBA")),
        ("PNG", "P"), ("PNG", "PA"), ("TIFF", "P"), ("JPEG", "RGB"),
    ],
)  # fmt: skip
def test_profiles_of_every_mode_are_converted(space, form, mode):
    """Alpha with Display P3 or Adobe RGB is what tablets save."""
    rgba = np.full((16, 16, 4), (*COLOUR, 255), np.uint8)
    if mode in ("RGBA", "PA"):
        rgba[8:, :, 3] = 128 if mode == "RGBA" else 0
    image = Image.fromarray(rgba if "A" in mode else rgba[..., :3])
    image = image.quantize(4) if "P" in mode else image
    options = {"lossless": True} if form == "WEBP" else {"quality": 100} if form in ("AVIF", "JPEG") else {}
    tolerance = 0.02 if form in ("AVIF", "JPEG") else 0.008
    read = read_picture(saved(image, form, icc_profile=icc_profile(space, 2.2), **options)).rgb
    close(read[0, 0], IN_SRGB[space], tolerance)
    cover = {"RGBA": 128 / 255, "PA": 0.0}.get(mode, 1.0)
    close(read[15, 15], np.array(IN_SRGB[space]) * cover + 1 - cover, tolerance)


def test_profiles_of_greys_of_every_depth():
    grey, alpha = np.full((2, 2), 128, np.uint8), np.full((2, 2), 255, np.uint8)
    linear = icc_profile("grey")
    close(colour_of(saved(Image.fromarray(grey), icc_profile=linear)), HALF_LIGHT)
    close(colour_of(saved(Image.fromarray(np.dstack([grey, alpha])), icc_profile=linear)), HALF_LIGHT)
    close(colour_of(png_of((1, 1), 16, 0, [b"\x80\x80"], with_profile(linear))), HALF_LIGHT)
    # one of colours says nothing of greys, of any depth
    close(colour_of(png_of((1, 1), 16, 0, [b"\x80\x80"], with_profile(icc_profile()))), 128 / 255)


def test_profiles_of_sixteen_bit_colours():
    deep = np.array([value * 257 for value in COLOUR], ">u2").tobytes()
    profile = with_profile(icc_profile("Display P3", 2.2))
    close(colour_of(png_of((1, 1), 16, 2, [deep], profile)), IN_SRGB["Display P3"])
    close(colour_of(png_of((1, 1), 16, 6, [deep + b"\xff\xff"], profile)), IN_SRGB["Display P3"])


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100_000))


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "more"),
    [
        (8, 2, bytes([128] * 3), ()),
        (8, 6, bytes([128, 128, 128, 255]), ()),
        (8, 0, bytes([128]), ()),
        (16, 0, b"\x80\x80", ()),
        (8, 3, b"\0", ((b"PLTE", bytes([128] * 3)),)),
    ],
    ids=["colours", "alpha", "grey", "deep grey", "palette"],
)
def test_the_gamma_of_a_png_is_honoured(depth, colour_type, row, more):
    def value(*chunks):
        return colour_of(png_of((1, 1), depth, colour_type, [row], *chunks, *more))

    close(value(gamma(1.0)), HALF_LIGHT)
    close(value(gamma(0.45455)), 128 / 255)  # sRGB's own
    close(value(gamma(0.55556)), 0.573)  # an old Macintosh's: (128/255)**1.8 of the light
    close(value(gamma(1.0), (b"sRGB", b"\0")), 128 / 255)  # sRGB overrules it
    close(value(gamma(0.00001)), 128 / 255)  # nonsense


def test_primaries_of_a_png_and_coded_colours():
    pixel = [bytes(COLOUR)]
    p3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    wanted = (0.847, 0.271, 0.067)  # Display P3 with sRGB's own curve
    close(colour_of(png_of((1, 1), 8, 2, pixel, (b"cHRM", p3), gamma(0.45455))), wanted)
    close(colour_of(png_of((1, 1), 8, 2, pixel, (b"cICP", bytes([12, 13, 0, 1])))), wanted)
    close(colour_of(png_of((1, 1), 8, 2, pixel, (b"cICP", bytes([1, 13, 0, 1])))), np.array(COLOUR) / 255)
    close(colour_of(png_of((1, 1), 8, 2, pixel, (b"cHRM", bytes(32)), gamma(0.45455))), np.array(COLOUR) / 255)
    (note,) = read_picture(png_of((1, 1), 8, 2, pixel, (b"cICP", bytes([9, 16, 0, 1])))).notes
    assert "HDR (PQ)" in note


def test_adobe_rgb_that_only_exif_names():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    image = Image.new("RGB", (32, 32), COLOUR)
    close(colour_of(saved(image, "JPEG", quality=98, subsampling=0, exif=exif)), IN_SRGB["Adobe RGB"], 0.02)


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "key"),
    [
        (1, 0, b"\0", struct.pack(">H", 0)),
        (2, 0, b"\x40", struct.pack(">H", 1)),
        (4, 0, b"\x50", struct.pack(">H", 5)),
        (8, 0, b"\x50", struct.pack(">H", 0x50)),
        (16, 0, b"\x03\xe8", struct.pack(">H", 1000)),
        (8, 2, bytes([10, 20, 30]), struct.pack(">HHH", 10, 20, 30)),
        (16, 2, struct.pack(">HHH", 1000, 2000, 3000), struct.pack(">HHH", 1000, 2000, 3000)),
    ],
)
def test_a_transparent_colour_of_any_depth_is_white(depth, colour_type, row, key):
    close(colour_of(png_of((1, 1), depth, colour_type, [row], (b"tRNS", key))), 1)
    other = bytes(len(key) - 1) + b"\x01" if key[-1] != 1 else bytes(len(key))
    assert colour_of(png_of((1, 1), depth, colour_type, [row], (b"tRNS", other))).max() < 0.5


def test_tiffs_of_many_kinds_are_read_right():
    deep = np.array([50000, 20000, 10000], "<u2").tobytes()
    close(colour_of(tiff_of((1, 1, 3, [deep]), 16)), (0.763, 0.305, 0.153))
    planes = [bytes([value]) for value in COLOUR]
    close(colour_of(tiff_of((1, 1, 3, planes), 8)), np.array(COLOUR) / 255)
    close(colour_of(tiff_of((1, 1, 1, [struct.pack("<I", 50000 * 65537)]), 32)), 0.763)
    close(colour_of(tiff_of((1, 1, 1, [struct.pack("<H", 50000)]), 16, (262, 0))), 1 - 0.763)  # white is zero


@pytest.mark.parametrize(
    ("content", "what", "way_out"),
    [
        (tiff_of((1, 1, 3, [bytes(12)]), 32, (339, 3)), "32-bit float TIFF", "8 or 16 bits"),
        (tiff_of((1, 1, 3, [bytes(6)]), 16, (339, 3)), "16-bit float TIFF", "8 or 16 bits"),
        (tiff_of((1, 1, 3, [bytes(12)]), 32), "32-bit TIFF", "8 or 16 bits"),
        (tiff_of((1, 1, 3, [bytes(2)] * 3), 16), "16-bit planes", "interleaved"),
        (tiff_of((1, 1, 2, [bytes(4)]), 16), "16-bit TIFF of greys with transparency", "8 or 16 bits"),
        (tiff_of((1, 1, 3, [bytes(3)]), 8, (254, 1), (330, 8)), "camera's raw", "Develop"),
        (tiff_of((1, 1, 3, [bytes(3)]), 8, (259, 34712)), "compressed by a method", "PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "a HEIC picture", "pip install pillow-heif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heic" + bytes(99), "a HEIC picture", "pip install pillow-heif"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(99), "damaged AVIF", "complete copy"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom" + bytes(99), "camera's raw", "Develop"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(99), "a video", "data extract"),
        (b"\xff\x0a" + bytes(99), "JPEG XL", "djxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "JPEG XL", "djxl"),
        (b"v/1\x01" + bytes(99), "OpenEXR", "Export"),
        (b"gimp xcf v011\0" + bytes(99), "GIMP", "Export"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeimage/openraster", "OpenRaster", "Export"),
        (b"<!DOCTYPE html><p>painting</p>", "a web page", "picture itself"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    ],
)
def test_a_refusal_names_what_the_file_truly_is(content, what, way_out):
    with pytest.raises(UserError, match=what) as caught:
        read_picture(content)
    assert "damaged" in what or "damaged" not in str(caught.value)
    caught.match(way_out)


def test_avif_is_read():
    close(colour_of(saved(Image.new("RGB", (8, 8), COLOUR), "AVIF", quality=100)), np.array(COLOUR) / 255, 0.02)


# ---- one reader for everything


@pytest.fixture
def odd_pictures(tmp_path):
    """A folder of two stills: one with transparency, and one with alpha and a profile."""
    rgba = np.full((24, 32, 4), (*COLOUR, 255), np.uint8)
    rgba[12:, :, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "still1.png")
    Image.fromarray(rgba).save(tmp_path / "still2.png", icc_profile=icc_profile("Adobe RGB", 2.2))
    (tmp_path / "._still1.png").write_bytes(b"\0\x05\x16\x07" + bytes(100))  # a Mac's twin
    return tmp_path


def test_recorded_stills_are_read_by_it(odd_pictures):
    first, second = (frame.rgb() for frame in open_video(odd_pictures).frames())
    close(first[0, 0] / 255, np.array(COLOUR) / 255)
    close(second[0, 0] / 255, IN_SRGB["Adobe RGB"])
    assert (first[-1] == 255).all() and (second[-1] == 255).all()


def test_pictures_to_learn_from_are_read_by_it(odd_pictures):
    first, second = (picture.load()[0] for picture in find_pictures([odd_pictures]))
    close(first[0, 0], np.array(COLOUR) / 255)
    close(second[0, 0], IN_SRGB["Adobe RGB"])
    assert (first[-1] == 1).all() and (second[-1] == 1).all()
    np.testing.assert_array_equal(read_levels(odd_pictures / "still1.png"), np.round(first * 255).astype(np.uint8))
    assert not is_picture(odd_pictures / "._still1.png")


@pytest.mark.parametrize("how", ["encode_png", "encode_rgb", "png_info"])
def test_what_we_write_says_srgb(how):
    rgb = np.full((4, 4, 3), COLOUR, np.uint8)
    data = {
        "encode_png": lambda: encode_png(rgb, {"Title": "a"}),
        "encode_rgb": lambda: encode_rgb(rgb),
        "png_info": lambda: saved(Image.fromarray(rgb), pnginfo=png_info({"Title": "a"})),
    }[how]()
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert "srgb" in image.info
    np.testing.assert_array_equal(np.round(read_picture(data).rgb * 255), rgb)
