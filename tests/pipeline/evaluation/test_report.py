"""Tables, markdown and contact sheets from figures that are known."""

import cv2
import numpy as np
import pytest

from ppp.modules.labels import PORTRAIT
from ppp.pipeline.evaluation import contact_sheets, report, tables


def result(name: str, group: str, psnr: list[float], counts=None) -> dict:
    runs = [
        {"system": "model", "seed": i, "end_psnr": value, "collapsed": float(value < 10), "obey_mae": float("nan")}
        for i, value in enumerate(psnr)
    ]
    runs.append({"system": "partfade", "seed": 0, "end_psnr": 50.0, "collapsed": 0.0})
    return {
        "name": name,
        "group": group,
        "named": True,
        "segmentation": counts,
        "runs": runs,
        "pairs": {"model": {"one_plan": 0.04}, "partfade": {"one_plan": 0.0}},
        "rollout": {"frames": 100, "collapsed": 1.0, "end_psnr": 20.0},
    }


@pytest.fixture
def results():
    counts = np.zeros((len(PORTRAIT), 2), int)
    counts[PORTRAIT.index("face")] = 60, 100
    counts[PORTRAIT.index("mouth")] = 1, 4
    half = counts.copy()
    half[PORTRAIT.index("face")] = 0, 100
    return [
        result("a", "paintings", [20, 30, 40], counts.tolist()),
        result("b", "paintings", [26, 5, 36], half.tolist()),
        result("c", "photos", [28, 28, 28]),
    ]


def cells(results, title: str) -> list[str]:
    return next(row[2:] for row in tables.score_table(results, ["model", "partfade"]) if row[0] == title)


def test_medians_shares_and_pairs(results):
    paintings = tables.groups_of(results)["paintings"]
    assert cells(paintings, "end PSNR, dB") == ["28.0", "50.0"]
    assert cells(paintings, "ends above 24 dB") == ["67%", "100%"]
    assert cells(paintings, "collapsed runs") == ["16.7%", "0.0%"]
    assert cells(paintings, "half way: one plan, two seeds") == ["0.040", "0.000"]
    assert cells(paintings, "long rollout: collapsed") == ["100.0%", ""]
    titles = [row[0] for row in tables.score_table(paintings, ["model", "partfade"])]
    assert "asked / reached, mean error" not in titles, "rows of which nothing is known are left out"


def test_overlap_is_summed_over_pictures_and_absent_classes_do_not_count(results):
    overlap = tables.class_iou([one["segmentation"] for one in results[:2]])
    assert overlap == {"face": pytest.approx(60 / 200), "mouth": pytest.approx(2 / 8)}
    rows = {row[0]: row[1:] for row in tables.segmentation_table(results)}
    assert rows["class"] == ["paintings (2)"], "photos have no map here"
    assert rows["face"] == ["0.300"] and rows["hair"] == [""]
    assert rows["mean of parts (bar 0.70)"] == ["0.300"]


def test_markdown_keeps_what_a_person_wrote(results, tmp_path):
    path = tmp_path / "results.md"
    assert report.remarks_of(path) == ""
    text = report.as_markdown(results, ["model", "partfade"], "Figures", ["one fact"], "")
    assert "## Paintings: 2" in text and "| end PSNR, dB | >= 32 | 28.0 | 50.0 |" in text and "- one fact" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|") and "PSNR" in line}
    assert widths == {5}
    path.write_text(text + f"\n{report.REMARKS}\n\nThe edges are soft.\n", "utf-8")
    again = report.as_markdown(results, ["model"], "Figures", [], report.remarks_of(path))
    assert again.endswith("The edges are soft.\n") and again.count(report.REMARKS) == 1


def test_summary_has_the_numbers_of_the_table(results):
    found = tables.summarise(results, ["model", "partfade"])
    assert found["paintings"]["systems"]["model"]["end PSNR, dB"] == pytest.approx(28)
    assert found["photos"]["pictures"] == 1 and "segmentation" not in found["photos"]


def test_contact_sheets_have_a_row_for_each_strip(tmp_path):
    strips = []
    for i in range(3):
        path = tmp_path / f"strip{i}.png"
        cv2.imencode(".png", np.full((20, 100 + 10 * i, 3), 60 * i, np.uint8))[1].tofile(path)
        strips.append((f"picture {i}", path))
    pages = contact_sheets.write_contact_sheets(tmp_path / "sheet", strips, per_page=2)
    assert [page.name for page in pages] == ["sheet-1.png", "sheet-2.png"]
    first = cv2.imread(str(pages[0]))
    assert first is not None and first.shape == (2 * (20 + 18 + 6), 110, 3)
    assert (first[20:36, 5:90] == 0).all() and (first[64:80, 5:90] == 60).all()


def test_best_of_seeds_gain_and_columns(results):
    for one, taus in zip(results, ([0.1, 0.5, 0.3], [0.2, 0.2, 0.8], [float("nan"), 0.4, 0.4]), strict=True):
        for run, tau in zip(one["runs"], taus, strict=False):
            run |= {"order": tau, "aligned_l1": 1 - tau}
    systems = ["model", "partfade"]
    rows = {row[0]: row[2:] for row in tables.score_table(results, systems)}
    assert rows["order, tau"] == ["0.350", ""]
    assert rows["... order, tau, best of seeds"] == ["0.500", ""]
    assert rows["... aligned L1, best of seeds"] == ["0.500", ""], "of distances the least is the best"
    assert rows["order, best over mean"] == ["0.200", ""], "of 0.2, 0.4 and 0"
    assert tables.columns_of(results[:1], ["simulate", *systems]) == systems
    results[2]["runs"] += [{"system": "truth", "seed": 0, "end_psnr": 60.0}]
    assert tables.systems_of(results, ["partfade", "model"]) == ["truth", "partfade", "model"]
    text = report.as_markdown(results, ["truth", *systems], "Figures", [], "")
    heads = [line for line in text.splitlines() if line.startswith("| figure")]
    assert heads == ["| figure | bar | model | partfade |", "| figure | bar | truth | model | partfade |"]


def test_a_strip_shows_when_each_pixel_was_finished(tmp_path):
    frames = np.ones((11, 20, 40, 3), np.float32)
    frames[1:, :, :20] = 0  # the left half at once, the right half at the end
    frames[10:, :, 20:] = 0.5
    when = contact_sheets.finish_times(frames)
    left, right = when[0, 0], when[0, 39]
    assert left.sum() < right.sum() and right[0] > 0.9 and right[2] < 0.3, "dark violet to bright yellow"
    contact_sheets.write_film_strip(tmp_path / "a" / "strip.png", frames, frames[-1])
    picture = cv2.imread(str(tmp_path / "a" / "strip.png"))
    assert picture is not None and picture.shape == (20, 11 * 40 + 10 * 3, 3)
