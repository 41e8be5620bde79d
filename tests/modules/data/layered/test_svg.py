"""SVG files taken apart, and what is never loaded or run."""

import gzip
import time

import numpy as np
import pytest
from layered_files import LANDSCAPE, png_bytes, write_svg
from PIL import Image

from ppp.modules.data.layered.formats import read_layered
from ppp.modules.io.errors import UserError

SIZE = 120  # as many pixels as units


@pytest.fixture(scope="module")
def landscape(tmp_path_factory):
    return read_layered(write_svg(tmp_path_factory.mktemp("svg") / "a.svg"), SIZE)


def read_body(tmp_path, body, **more):
    return read_layered(write_svg(tmp_path / "a.svg", body, **more), SIZE)


def test_every_shape_or_group_is_a_thing_in_order_of_painting(landscape):
    assert landscape.names == ("sky", "hills", "house", "g12", "bush")
    assert landscape.kinds == ("sky", "mountain", "building", "tree", "plant")
    assert landscape.image.shape == (90, 120, 3) and landscape.image[5, 5].tolist() == [0x87, 0xBE, 0xEB]


def test_extents_hold_the_hidden_parts(landscape):
    sky, hills, house, _, bush = landscape.extents
    assert sky.all()
    assert hills[80, 30] and landscape.layers[80, 30] == 4  # behind the trunk
    assert house[74, 76] and bush[74, 76] and landscape.layers[74, 76] == 5
    assert abs(house.sum() - 900) < 70  # 30 x 30 pixels


def test_a_detail_on_a_thing_is_part_of_it(landscape):
    assert landscape.layers[46, 30] == 4  # the apple on the tree
    assert landscape.layers[70, 85] == 3  # the door of the house


def test_a_group_that_holds_the_drawing_is_opened(tmp_path, landscape):
    wrapped = f'<switch><g id="Layer_1" transform="translate(1 0)"><g opacity=".99">{LANDSCAPE}</g></g></switch>'
    picture = read_body(tmp_path, wrapped)
    assert picture.names == landscape.names
    assert np.array_equal(picture.extents[2][:, 1:], landscape.extents[2][:, :-1])  # its groups' transform counts


def test_gradients_clips_and_styles_of_elsewhere_count(tmp_path):
    body = """
      <style>.water { fill: url(#deep) } </style>
      <defs><linearGradient id="deep" href="#colours"/>
      <clipPath id="half"><rect width="60" height="90"/></clipPath></defs>
      <g><linearGradient id="colours"><stop stop-color="#0000ff"/></linearGradient>
      <rect id="r" width="120" height="45"/></g>
      <g clip-path="url(#half)"><rect class="water" id="lake" y="30" width="120" height="60"/></g>
      <g fill="#ffff00"><use href="#r" transform="translate(80 20) scale(.2 .4)"/></g>
    """
    picture = read_body(tmp_path, body)
    assert len(picture.names) == 3
    assert not picture.extents[1][:, 62:].any() and picture.extents[1][60, 10]
    assert picture.image[30, 100].tolist() == [255, 255, 0]
    assert picture.image[60, 10].tolist() == [0, 0, 255]


def test_shadows_and_hidden_shapes_are_no_things(tmp_path, landscape):
    body = f"""<rect id="under" width="120" height="90"/>{LANDSCAPE}
      <rect id="glaze" width="120" height="90" fill-opacity=".3"/><g id="off" style="display: none">{LANDSCAPE}</g>
      <circle id="away" cx="300" cy="40" r="30"/><circle id="speck" cx="110" cy="10" r="1"/>"""
    picture = read_body(tmp_path, body)
    assert picture.names[1:] == landscape.names[1:]  # `under` and the sky over it are one
    assert picture.image[5, 5].mean() < landscape.image[5, 5].mean() - 20  # the picture has the shadow


def test_a_shade_that_fades_out_over_its_shape_is_part_of_it(tmp_path, landscape):
    fade = """<linearGradient id="fade"><stop offset=".5" stop-color="#fff" stop-opacity="0.02"/>
      <stop offset=".7" stop-color="#fff"/></linearGradient>"""
    shade = '<rect id="light" width="120" height="90" fill="url(#fade)"/>'
    picture = read_body(tmp_path, fade + LANDSCAPE.replace('fill="#87beeb"/>', f'fill="#87beeb"/>{shade}'))
    assert picture.names == landscape.names and picture.extents[0].all()


def test_portrait_parts_are_named_and_not_merged(tmp_path):
    body = """<rect id="background" width="120" height="90" fill="#ddd"/>
      <ellipse id="hair_back" cx="60" cy="45" rx="30" ry="40"/>
      <ellipse id="Face" cx="60" cy="48" rx="20" ry="26" fill="#fca"/>
      <g id="eyes">
      <circle cx="52" cy="44" r="3"/><circle cx="68" cy="44" r="3"/></g>
      <rect id="mouth" x="54" y="60" width="12" height="4" fill="#b22"/>"""
    assert read_body(tmp_path, body).kinds == ("background", "hair", "face", "eyes", "mouth")


def test_sizes_in_units_and_compressed(tmp_path, landscape):
    path = tmp_path / "a.svgz"
    svg = write_svg(tmp_path / "b.svg", attributes='width="30mm" height="22.5mm" viewBox="0 0 120 90"').read_bytes()
    path.write_bytes(gzip.compress(svg))
    assert np.array_equal(read_layered(path, SIZE).layers, landscape.layers)


def test_nothing_outside_the_file_is_loaded_and_nothing_is_run(tmp_path, landscape):
    red = tmp_path / "red.png"
    red.write_bytes(png_bytes(Image.new("RGB", (9, 9), "red")))
    write_svg(tmp_path / "other.svg", '<rect id="x" width="120" height="90" fill="red"/>')
    (tmp_path / "style.css").write_text("* { fill: red }")
    outside = f"""<style>@import url("style.css"); @font-face {{ font-family: a; src: url({red}) }}</style>
      <script>document.documentElement.remove()</script><image href="{red}" width="120" height="90"/>
      <image xlink:href="file://{red}" width="120" height="90"/><image href="red.png" width="120" height="90"/>
      <use href="other.svg#x"/><use xlink:href="{tmp_path}/other.svg#x"/><text y="50" font-size="50">red</text>
      <filter id="f"><feImage href="{red}"/></filter><foreignObject width="120" height="90"><body/></foreignObject>"""
    head = '<?xml-stylesheet href="style.css" type="text/css"?><!DOCTYPE svg SYSTEM "http://localhost:9/no.dtd">'
    picture = read_body(tmp_path, LANDSCAPE + outside, head=head, attributes='viewBox="0 0 120 90" onload="alert(1)"')
    assert np.array_equal(picture.image, landscape.image) and picture.names == landscape.names


def test_a_picture_inside_the_file_is_a_layer_unless_it_is_too_large(tmp_path, monkeypatch):
    import base64

    data = base64.b64encode(png_bytes(Image.new("RGB", (9, 9), "red"))).decode()
    flower = f'<image id="flower" href="data:image/png;base64,{data}" width="40" height="40"/>'
    body = f'<rect width="120" height="90"/>{flower}'
    assert read_body(tmp_path, body).kinds == ("unknown", "plant")
    monkeypatch.setattr("ppp.modules.data.layered.svg_document.MAX_EMBEDDED", 80)
    with pytest.raises(UserError, match="one thing"):
        read_body(tmp_path, body)


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
)
OUTSIDE = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
COPIES = "".join(f'<g id="u{i + 1}">{f"""<use href="#u{i}"/>""" * 10}</g>' for i in range(9))


@pytest.mark.parametrize(
    ("body", "more", "message"),
    [
        ("", {}, "no layers"),
        ("<title>nothing</title><defs><path id='p' d='M0 0h9v9'/></defs>", {}, "no layers"),
        ('<path d="M0 0"/><rect width="0" height="5"/>', {}, "no layers"),
        ('<rect width="120" height="90"/>', {}, "one thing"),
        ("&j;", {"head": BOMB + "]>"}, "XML entities"),
        ("&a;", {"head": OUTSIDE}, "XML entities"),
        ("<g>", {}, "not readable XML"),
        (LANDSCAPE, {"attributes": ""}, "size 0 x 0"),
        (LANDSCAPE, {"attributes": 'width="9000" height="1"'}, "mere line"),
        (LANDSCAPE, {"attributes": 'width="1e999" height="1"'}, "size inf"),
        ("<g>" * 200 + LANDSCAPE + "</g>" * 200, {}, "deep inside"),
        ('<g id="u0"><rect width="9" height="9"/></g>' + COPIES, {}, "more than 200000 elements"),
        ('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>', {}, "in a circle"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path, body, more, message):
    with pytest.raises(UserError, match=message) as error:
        read_body(tmp_path, body, **more)
    assert str(tmp_path / "a.svg") in error.value.what and error.value.why and error.value.fix


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"<html/>", gzip.compress(b"<svg", mtime=0)[:-6], b"<svg \xff\xfe"]
)
def test_files_that_are_no_svg(tmp_path, data):
    (tmp_path / "a.svg").write_bytes(data)
    with pytest.raises(UserError, match="cannot be taken apart"):
        read_layered(tmp_path / "a.svg")


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    (tmp_path / "a.svgz").write_bytes(gzip.compress(b" " * 40_000_000))
    with pytest.raises(UserError, match="32 MB when decompressed"):
        read_layered(tmp_path / "a.svgz")


def blades(count):
    return "".join(f'<path d="M{i % 120} {50 + i // 120 % 40}h2v2z" fill="green"/>' for i in range(count))


def test_ten_thousand_shapes(tmp_path, landscape):
    """In a group they are one thing; side by side they are refused. Both at once."""
    start = time.perf_counter()
    picture = read_body(tmp_path, f'{LANDSCAPE}<g id="lawn">{blades(10_000)}</g>')
    assert picture.names == (*landscape.names[:-1], "lawn")
    assert picture.kinds[-1] == "grass"
    with pytest.raises(UserError, match="10006 shapes side by side; up to 3000"):
        read_body(tmp_path, LANDSCAPE + blades(10_000))
    assert time.perf_counter() - start < 30


def test_no_more_things_than_a_label_map_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("ppp.modules.data.layered.take_apart.MAX_LAYERS", 20)
    squares = "".join(
        f'<rect id="s{i}" x="{i % 12 * 10}" y="{i // 12 * 15}" width="{9 if i % 2 else 5}" height="13"/>'
        for i in range(72)
    )
    picture = read_body(tmp_path, squares)
    assert len(picture.kinds) == 20 and all(int(name[1:]) % 2 for name in picture.names)  # the larger ones
