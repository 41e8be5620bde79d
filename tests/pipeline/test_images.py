"""Any picture a person may have is read right or refused with a reason; what we write can be read again."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from ppp.modules.io.errors import UserError
from ppp.modules.io.png import encode_png
from ppp.pipeline.images import quantise, read_picture

RED, GREEN, BLUE, WHITE = (220, 30, 40), (20, 180, 60), (30, 60, 200), (255, 255, 255)


def quarters(size=(8, 6)):
    """An upright picture whose four quarters differ: red, green / blue, white."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    h, w = size[1] // 2, size[0] // 2
    picture[:h, :w], picture[:h, w:], picture[h:, :w], picture[h:, w:] = RED, GREEN, BLUE, WHITE
    return picture


def save(path, image, **options):
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path, **options)
    return path


def is_close(rgb, wanted, tolerance=0.02):
    assert rgb.dtype == np.float32
    assert rgb.shape == wanted.shape
    np.testing.assert_allclose(rgb, wanted / 255, atol=tolerance)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "no-suffix"])
def test_plain_pictures_are_read_exactly(tmp_path, name):
    form = {"no-suffix": "PNG", "a.webp": "WEBP"}.get(name)
    options = {"lossless": True} if form == "WEBP" else {}
    read = read_picture(save(tmp_path / name, quarters(), format=form, **options))
    is_close(read.rgb, quarters(), 1e-6)
    assert read.path == (tmp_path / name).resolve()
    assert read.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(tmp_path, orientation):
    upright = Image.fromarray(quarters((64, 48)))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_picture(save(tmp_path / "a.jpg", stored, exif=exif, quality=98, subsampling=0))
    is_close(read.rgb, quarters((64, 48)), 0.08)


def test_alpha_lies_on_white(tmp_path):
    rgba = np.dstack([quarters(), np.full((6, 8), 255, np.uint8)])
    rgba[:3, :4, 3] = 0
    rgba[3:, :4, 3] = 51  # a fifth of blue
    read = read_picture(save(tmp_path / "a.png", rgba)).rgb
    np.testing.assert_allclose(read[0, 0], 1, atol=1e-6)
    np.testing.assert_allclose(read[5, 0], 0.2 * np.array(BLUE) / 255 + 0.8, atol=1e-3)


def test_grey_with_alpha_and_transparent_palette(tmp_path):
    grey = np.dstack([np.full((2, 2), 100, np.uint8), np.array([[0, 255], [255, 255]], np.uint8)])
    read = read_picture(save(tmp_path / "la.png", Image.fromarray(grey))).rgb
    np.testing.assert_allclose(read[0, 0], 1, atol=1e-6)
    np.testing.assert_allclose(read[1, 1], 100 / 255, atol=1e-6)
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([200, 0, 0, 0, 0, 200])
    read = read_picture(save(tmp_path / "p.png", palette, transparency=0)).rgb
    np.testing.assert_allclose(read[0], [[1, 1, 1], [0, 0, 200 / 255]], atol=1e-6)


def test_palette_and_grey_and_bilevel(tmp_path):
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([*RED, *BLUE])
    is_close(read_picture(save(tmp_path / "p.png", palette)).rgb, np.array([[RED, BLUE]]), 1e-6)
    grey = np.array([[0, 128, 255]], np.uint8)
    is_close(read_picture(save(tmp_path / "l.png", grey)).rgb, np.repeat(grey[..., None], 3, 2), 1e-6)
    bilevel = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    np.testing.assert_allclose(read_picture(save(tmp_path / "1.png", bilevel)).rgb[0, :, 0], [0, 1])


def test_sixteen_bit_grey_keeps_its_values(tmp_path):
    deep = np.array([[0, 1000, 30000, 65535]], np.uint16)
    for name in ("a.png", "a.tiff"):
        read = read_picture(save(tmp_path / name, Image.fromarray(deep))).rgb
        np.testing.assert_allclose(read[0, :, 1], deep[0] / 65535, atol=1e-4)


def test_sixteen_bit_colour(tmp_path):
    """Pillow cannot write these, so the PNG is put together by hand."""
    deep = np.array([[[0, 32768, 65535], [65535, 0, 1000]]], ">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    (tmp_path / "a.png").write_bytes(png)
    np.testing.assert_allclose(read_picture(tmp_path / "a.png").rgb, deep.astype(float) / 65535, atol=1 / 255)


def test_cmyk_has_the_right_colours(tmp_path):
    cmyk = Image.fromarray(quarters((64, 48))).convert("CMYK")
    read = read_picture(save(tmp_path / "a.jpg", cmyk, quality=98, subsampling=0)).rgb
    assert np.abs(read - quarters((64, 48)) / 255).mean() < 0.03
    is_close(read_picture(save(tmp_path / "a.tiff", cmyk)).rgb, quarters((64, 48)), 0.02)


def linear_profile():
    """The smallest ICC profile with sRGB's primaries and no gamma: a value of 0.5 means half the light."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    xyz = {"rXYZ": (0.4361, 0.2225, 0.0139), "gXYZ": (0.3851, 0.7169, 0.0971), "bXYZ": (0.1431, 0.0606, 0.7141),
           "wtpt": (0.9642, 1.0, 0.8249)}  # fmt: skip
    tags = {name: b"XYZ \0\0\0\0" + fixed(*values) for name, values in xyz.items()}
    tags |= dict.fromkeys(("rTRC", "gTRC", "bTRC"), b"curv" + bytes(8))
    tags |= {
        "desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78),
        "cprt": b"text" + bytes(4) + b"x\0",
    }
    table, data = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name.encode() + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s", 132 + 12 * len(tags) + len(data), b"lcms", 0x02400000, b"mntr", b"RGB ",
                       b"XYZ ", bytes(12), b"acsp")  # fmt: skip
    return head.ljust(68, b"\0") + fixed(0.9642, 1.0, 0.8249) + bytes(48) + table + data


def test_a_colour_profile_is_converted_to_srgb(tmp_path):
    half = np.full((4, 4, 3), 128, np.uint8)
    read = read_picture(save(tmp_path / "a.png", half, icc_profile=linear_profile())).rgb
    np.testing.assert_allclose(read, 0.735, atol=0.01)  # sRGB's curve at 0.5
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    is_close(read_picture(save(tmp_path / "b.png", quarters(), icc_profile=srgb)).rgb, quarters(), 0.01)


def test_a_colour_profile_goes_past_alpha_and_palettes(tmp_path):
    profile = linear_profile()
    half = np.full((4, 4, 4), 128, np.uint8)
    half[:2, :, 3] = 255
    read = read_picture(save(tmp_path / "a.png", half, icc_profile=profile)).rgb
    np.testing.assert_allclose(read[:2], 0.735, atol=0.01)
    np.testing.assert_allclose(read[2:], 0.735 * 128 / 255 + 127 / 255, atol=0.01)
    palette = Image.fromarray(half[..., :3]).quantize(4)
    np.testing.assert_allclose(
        read_picture(save(tmp_path / "p.png", palette, icc_profile=profile)).rgb, 0.735, atol=0.01
    )
    # The colour that stands for "transparent" is meant before it is converted.
    keyed = save(tmp_path / "k.png", half[..., :3], icc_profile=profile, transparency=(128, 128, 128))
    np.testing.assert_allclose(read_picture(keyed).rgb, 1)
    # A profile of colours says nothing of greys.
    np.testing.assert_allclose(read_picture(save(tmp_path / "l.png", half[..., 0], icc_profile=profile)).rgb, 128 / 255)


def test_sixteen_bit_planes_of_a_tiff_are_refused_and_not_garbled(tmp_path):
    planes = np.arange(3 * 4 * 5, dtype="<u2").reshape(3, 4, 5).tobytes()
    at = 8 + 2 + 12 * 9 + 4
    entries = [(256, 3, 1, 5), (257, 3, 1, 4), (258, 3, 3, at), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 3, at + 6),
               (277, 3, 1, 3), (279, 4, 3, at + 18), (284, 3, 1, 2)]  # fmt: skip
    tiff = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries)
    tiff += bytes(4) + struct.pack("<3H3I3I", 16, 16, 16, at + 30, at + 70, at + 110, 40, 40, 40) + planes
    (tmp_path / "a.tif").write_bytes(tiff)
    with pytest.raises(UserError, match="16-bit planes"):
        read_picture(tmp_path / "a.tif")


def test_a_broken_colour_profile_does_not_lose_the_picture(tmp_path):
    is_close(read_picture(save(tmp_path / "b.png", quarters(), icc_profile=b"nonsense")).rgb, quarters(), 1e-6)


def test_an_animation_gives_its_first_frame_and_says_so(tmp_path):
    frames = [Image.fromarray(np.full((4, 4, 3), c, np.uint8)) for c in (RED, GREEN, BLUE)]
    for name in ("a.gif", "a.png", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        read = read_picture(tmp_path / name)
        is_close(read.rgb, np.full((4, 4, 3), RED), 0.02)
        assert "first of its 3 frames" in read.notes[0]


@pytest.mark.parametrize("size", [(1, 1), (20000, 10), (3, 5000)])
def test_extreme_sizes(tmp_path, size):
    picture = np.full((size[1], size[0], 3), 77, np.uint8)
    read = read_picture(save(tmp_path / "a.png", picture))
    assert (read.width, read.height) == size


def bomb(width, height):
    """A PNG of a few bytes whose header claims width x height pixels."""
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", b""),
        (b"IEND", b""),
    ):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png


def jpeg():
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 bytes"),
        (b"Dear diary, today I painted.\n", "text"),
        (b"%PDF-1.7 ...", "PDF"),
        (bytes(range(256)) * 4, "unknown kind"),
        (jpeg()[:900], "truncated or damaged"),
        (encode_png(quarters((64, 64)))[:120], "truncated or damaged"),
        (bomb(60000, 60000), "pixels"),
        (bomb(9000, 9000), "9000x9000"),
    ],
    ids=["empty", "text", "pdf", "bytes", "cut jpeg", "cut png", "bomb", "too large"],
)
def test_what_is_no_picture_is_refused_with_a_reason(tmp_path, content, reason):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=reason) as caught:
        read_picture(path)
    assert "a.png" in caught.value.what
    assert caught.value.fix
    assert len(str(caught.value).splitlines()) == 3


def test_missing_files_and_directories_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(UserError, match="directory"):
        read_picture(tmp_path)
    with pytest.raises(UserError, match="not a valid file name"):
        read_picture("a\0b.png")


def test_arrays():
    grey = np.array([[0, 65535]], np.uint16)
    np.testing.assert_allclose(read_picture(grey).rgb, [[[0] * 3, [1] * 3]])
    read = read_picture(np.array([[[0.5, 0.5, 0.5, 0.0]]]))
    np.testing.assert_allclose(read.rgb, 1)
    assert read.path is None
    for bad in (np.zeros((2, 2, 2)), np.zeros((0, 4, 3)), np.full((2, 2, 3), 2.0), np.full((2, 2, 3), np.nan)):
        with pytest.raises(UserError):
            read_picture(bad)


def test_one_picture_is_one_picture_whichever_way_it_comes(tmp_path):
    from_file = read_picture(save(tmp_path / "a.png", quarters()))
    from_array, from_pillow = read_picture(quarters()), read_picture(Image.fromarray(quarters()))
    assert from_file.pixels_sha256 == from_array.pixels_sha256 == from_pillow.pixels_sha256
    other = quarters()
    other[0, 0, 0] += 1
    assert read_picture(other).pixels_sha256 != from_file.pixels_sha256


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (6, 8)])
def test_png_round_trip_with_text(tmp_path, shape):
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    data = encode_png(picture, {"Provenance": "predicted, not recorded", "Title": "Mädchen"})
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.text == {"Provenance": "predicted, not recorded", "Title": "Mädchen"}
    assert data == encode_png(picture, {"Provenance": "predicted, not recorded", "Title": "Mädchen"})


def test_quantise_rounds_to_the_nearest():
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(1, -1, 1).repeat(3, 2)
    np.testing.assert_array_equal(quantise(values)[0, :, 0], np.arange(256))
    np.testing.assert_array_equal(quantise(np.array([[[0.4, 0.6, 254.7]]], np.float32) / 255), [[[0, 1, 255]]])
