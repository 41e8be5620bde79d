"""Paint by numbers: areas that can be painted, numbers that fit into them, in the order of the plan."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from paintings import TEXT, job, write
from scenes import save_head

from ppp.cli.main import main
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.writers import NumbersWriter, WriteJob
from ppp.pipeline.writers.number_areas import LEAST_AREA, LEAST_RADIUS, MOST_COLOURS, find_areas, order_colours
from ppp.pipeline.writers.number_page import NumberStep, draw_page

SVG = "{http://www.w3.org/2000/svg}"


def picture_of(kind):
    """A picture (240,320,3) uint8 and its parts (240,320)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:240, :320]
    labels = (y > 120).astype(np.uint8) + 1
    if kind == "flat":
        return np.full((240, 320, 3), (90, 120, 60), np.uint8), labels * 0
    if kind == "noise":
        return rng.integers(0, 255, (240, 320, 3), np.uint8), labels
    picture = np.where((y > 120)[..., None], (60, 120, 50), (140, 180, 230)) + (x // 8)[..., None] * (1, 0, -1)
    picture = picture + rng.normal(0, 6, picture.shape)
    cv2.circle(labels, (200, 110), 50, 3, -1)
    picture[labels == 3] = (200, 60, 40)
    for _ in range(40):  # leaves too small to paint
        cv2.circle(picture, (int(rng.integers(320)), int(rng.integers(240))), 1, (250, 250, 20), -1)
    return np.clip(picture, 0, 255).astype(np.uint8), labels


@pytest.fixture(scope="module")
def scene():
    picture, labels = picture_of("scene")
    return find_areas(picture, labels, 500), labels


@pytest.mark.parametrize("kind", ["scene", "noise", "flat"])
def test_no_area_is_too_small_to_paint_or_to_hold_its_number(kind):
    found = find_areas(*picture_of(kind), 500)
    assert len(found.palette) <= MOST_COLOURS
    if kind == "flat":
        assert len(found.areas) == 1
    for area in found.areas[: None if len(found.areas) > 1 else 0]:
        assert area.radius >= LEAST_RADIUS
        assert area.size >= LEAST_AREA
    assert sum(area.size for area in found.areas) == pytest.approx(1)


def test_a_number_lies_in_its_area_farthest_from_all_outlines(scene):
    found, _ = scene
    for i, area in enumerate(found.areas):
        mask = np.zeros_like(found.index, np.uint8)
        x, y = (500 * v for v in area.place)
        cv2.circle(mask, (round(x - 0.5), round(y - 0.5)), int(500 * area.radius * 0.9), 1, -1)
        assert (found.index[mask > 0] == i).all()


def test_outlines_go_round_their_area(scene):
    found, _ = scene
    for i, area in enumerate(found.areas):
        drawn = np.zeros(found.index.shape, np.uint8)
        cv2.fillPoly(drawn, [np.rint(line * 500 * 8).astype(np.int32) for line in area.outlines], 1, cv2.LINE_8, 3)
        inside = found.index == i
        assert ((drawn > 0) & inside).sum() > 0.9 * ((drawn > 0) | inside).sum() - 60


def test_areas_keep_to_the_parts_and_their_colours(scene):
    found, labels = scene
    disc = [area for area in found.areas if area.part == 3]
    assert disc
    assert np.abs(found.palette[max(disc, key=lambda area: area.size).colour].astype(int) - (200, 60, 40)).max() < 25
    large = cv2.resize(labels, found.index.shape[::-1], interpolation=cv2.INTER_NEAREST)
    own = np.array([area.part for area in found.areas])[found.index]
    assert (own == large).mean() > 0.97


def test_colours_are_numbered_as_the_plan_needs_them(scene):
    found, _ = scene
    for parts in ((3, 1, 2), (2, 1, 3)):
        order = order_colours(found, parts)
        assert sorted(order) == list(range(len(found.palette)))
        first = {area.colour for area in found.areas if area.part == parts[0]}
        assert set(order[: len(first)]) == first


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_a_page_has_every_area_number_and_colour(scene, kind):
    if kind == "pdf":
        pytest.importorskip("fpdf")
    found, _ = scene
    order = order_colours(found, (1, 2, 3))
    steps = [NumberStep(name, part, (1,)) for name, part in (("sky", 1), ("meadow & hill", 2), ("sun", 3))]
    page = draw_page(kind, found, order, steps, "A <title>", TEXT)
    assert page == draw_page(kind, found, order, steps, "A <title>", TEXT)
    if kind == "pdf":
        assert page.startswith(b"%PDF")
        return
    root = ElementTree.fromstring(page)
    assert [group.get("data-name") for group in root.iter(f"{SVG}g")] == [
        "sky", "meadow & hill", "sun", "numbers", "palette",
    ]  # fmt: skip
    assert len(root.findall(f".//{SVG}path")) == len(found.areas)
    (numbers,) = (group for group in root.iter(f"{SVG}g") if group.get("data-name") == "numbers")
    assert sorted(int(text.text) for text in numbers) == sorted(order.index(area.colour) + 1 for area in found.areas)
    assert "predicted, not recorded" in page.decode()


def test_the_writer_follows_the_plan(tmp_path):
    plan = {
        "passes": [{"part": "face", "finish": "flat"}, {"part": "background", "finish": "flat"}],
        "steps": [{"frame": 1, "passes": [[0, 0, 1]]}, {"frame": 2, "passes": [[1, 0, 1]]}],
    }
    work = job(tmp_path, n_frames=3, plan=plan)
    frame = np.where((np.arange(48) < 24)[:, None, None], (40, 60, 160), (230, 180, 150)) * np.ones((48, 64, 3))
    assert write(NumbersWriter, work, [frame.astype(np.uint8)] * 3)["numbers"]["areas"] == 2
    said = (tmp_path / "numbers.svg").read_text("utf-8")
    assert re.search(r"1\. face: 1 .* 2\. background: 2", said)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_tiny_pictures_have_a_page_too(tmp_path, size):
    width, height = size
    from ppp.pipeline.port_values import Parts

    parts = Parts(np.ones((height, width), np.uint8), PORTRAIT)
    work = WriteJob(tmp_path, "a.png", size, 2, parts, np.zeros((1, len(PORTRAIT)), np.float32), TEXT)
    write(NumbersWriter, work, [np.full((height, width, 3), 99, np.uint8)] * 2)
    ElementTree.parse(tmp_path / "numbers.svg")


def test_the_command_writes_them_or_says_what_it_writes(tmp_path, capsys):
    save_head(tmp_path)
    command = ["run", str(tmp_path / "painting.png"), "--frames", "3", "--segmentation", str(tmp_path / "labels.png")]
    command += ["--stage", "frames=partfade", "--first-frame", "blank", "--quiet"]
    assert main([*command, "-o", str(tmp_path / "a"), "--numbers", "svg"]) == 0
    assert (tmp_path / "a" / "numbers.svg").is_file()
    capsys.readouterr()
    assert main([*command, "-o", str(tmp_path / "b"), "--numbers", "doc"]) == 2
    assert not (tmp_path / "b").exists()
    assert "Use one or both of: svg, pdf" in capsys.readouterr().err
