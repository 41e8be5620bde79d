"""`ppp data label`: parts from the segment stage, from files, and the degrees of every step."""

import json

import cv2
import numpy as np
import pytest
from recorded import edit, recorded, simulated
from scenes import head

from ppp.cli.main import main
from ppp.modules.data.processes.process import Process, find_processes
from ppp.modules.degree import MODES, measure
from ppp.modules.frames.dataset import SequenceDataset
from ppp.modules.io.png import read_rgb
from ppp.modules.labels import PORTRAIT, cluster_label_set

LABELS = head()[1]


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "films"
    for seed in range(2):
        recorded(folder / f"film{seed}", seed)
    return folder


@pytest.fixture
def maps(tmp_path):
    folder = tmp_path / "maps"
    PORTRAIT.save_png(folder / "film0.png", LABELS)
    PORTRAIT.save_png(folder / "film1_labels.png", LABELS)
    return folder


def label(*arguments) -> int:
    return main(["data", "label", *map(str, arguments), "--jobs", "1", "--quiet"])


def test_labels_from_files_and_degrees_in_all_modes(films, maps, capsys):
    assert label(films, "--labels", maps, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"labelled": 2, "there": 0, "failed": []}
    process = find_processes([films], labelled=True)[1]
    assert np.array_equal(process.labels(), LABELS) and process.label_set == PORTRAIT
    assert process.info["labels"] == [PORTRAIT.names[k] for k in np.unique(LABELS)]
    assert process.info["steps"][3]["time"] == 2.0  # what was known of a step stays
    painting = process.painting() / np.float32(255)
    for mode in MODES:
        rows = process.step_degrees(mode)
        assert rows.shape == (11, 10) and rows.max() > 0
        pair = [read_rgb(path) / np.float32(255) for path in process.frame_paths[5:7]]
        assert rows[5] == pytest.approx(measure(*pair, painting, LABELS, 10, mode), abs=1e-4)
    assert process.info["steps"][-1]["distance"] == 0
    assert set(process.info["steps"][-1]["finished"]) == set(process.info["labels"])
    assert SequenceDataset([process], crop=32).sample(0, 0, 0)["degrees"].max() > 0


def test_what_is_labelled_is_left_alone(films, maps, capsys):
    assert label(films, "--labels", maps) == 0
    before = {path: path.stat().st_mtime_ns for path in films.rglob("process.json")}
    assert label(films) == 0 and "2 were already" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in films.rglob("process.json")}
    assert label(films, "--again") == 0
    assert all(path.stat().st_mtime_ns > at for path, at in before.items())
    assert np.array_equal(find_processes([films])[0].labels(), LABELS)


def test_the_segment_stage_finds_the_parts_as_a_run_would(tmp_path, tiny_pipeline):
    from ppp import Pipeline

    folder = recorded(tmp_path / "film")
    assert label(folder, "--weights", tiny_pipeline, "--device", "cpu") == 0
    process = Process(folder)
    parts, _ = Pipeline.from_pretrained(tiny_pipeline, device="cpu").segment(folder / "painting.png")
    assert np.array_equal(process.labels(), parts.labels) and process.label_set == parts.label_set
    assert label(folder, "--segment", "clusters", "--again", "--device", "cpu") == 0
    process = Process(folder)
    assert process.label_set.names[1] == "part 1" and process.step_degrees().max() > 0


def test_a_label_map_in_the_process_is_kept_and_its_set_told_by_the_palette(tmp_path):
    folder = recorded(tmp_path / "film")
    four = cluster_label_set(4)
    mine = (LABELS % 4 + 1).astype(np.uint8)
    four.save_png(folder / "labels.png", mine)
    assert label(folder) == 0
    process = Process(folder)
    assert np.array_equal(process.labels(), mine) and process.label_set == four


def test_degrees_set_by_hand_stay_and_win(films, maps):
    (films / "film0" / "degrees.json").write_text('{"4": {"hair": 0.77}}')
    assert label(films, "--labels", maps) == 0
    process = Process(films / "film0")
    hair = PORTRAIT.index("hair")
    assert process.step_degrees("area")[3, hair] == pytest.approx(0.77)
    assert process.info["steps"][3]["degrees"]["area"]["hair"] != 0.77  # what was measured is kept as it was


def test_simulated_processes_get_all_modes_too(tmp_path):
    folder = simulated(tmp_path / "painted")
    assert Process(folder).step_degrees("area") is None
    assert label(folder) == 0
    process = Process(folder)
    assert process.step_degrees("area").max() > 0
    assert process.info["steps"][4]["asked"] and process.plan is not None


def test_one_bad_process_does_not_stop_the_others(films, maps, capsys):
    (films / "film0" / "degrees.json").write_text('{"4": {"tail": 0.77}}')
    assert label(films, "--labels", maps) == 3
    output = capsys.readouterr()
    assert "film0" in output.err and "tail" in output.err and "1 processes labelled" in output.out
    assert not Process(films / "film0").labelled and not (films / "film0" / "labels.png").exists()
    assert Process(films / "film1").labelled


def test_maps_that_do_not_fit(films, tmp_path, capsys):
    small = tmp_path / "small.png"
    PORTRAIT.save_png(small, LABELS[:-8])
    assert label(films, "--labels", small) == 2  # one map, two processes
    assert label(films / "film0", "--labels", small, "--json") == 3
    assert "64x64" in json.loads(capsys.readouterr().out)["failed"][0]["why"]
    (tmp_path / "empty").mkdir()
    assert label(films, "--labels", tmp_path / "empty") == 2
    assert label(tmp_path / "empty") == 2
    assert label(films, "--segment", tmp_path / "nothing") == 2
    assert not any(films.rglob("labels.png"))


def test_a_frame_of_another_size_is_named(films, maps, capsys):
    frame = films / "film1" / "frames" / "00003.png"
    cv2.imwrite(str(frame), np.zeros((20, 20, 3), np.uint8))
    assert label(films, "--labels", maps, "--json") == 3
    (failure,) = json.loads(capsys.readouterr().out)["failed"]
    assert failure["process"] == "film1" and "00003.png" in failure["why"]


def test_processes_of_several_videos_have_one_name_each(tmp_path):
    for video in ("anna", "bert"):
        recorded(tmp_path / "films" / video / "process-00")
    PORTRAIT.save_png(tmp_path / "maps" / "anna-process-00.png", LABELS)
    PORTRAIT.save_png(tmp_path / "maps" / "bert" / "process-00_labels.png", LABELS)
    assert label(tmp_path / "films", "--labels", tmp_path / "maps") == 0
    assert len(find_processes([tmp_path / "films"], labelled=True)) == 2
    assert main(["data", "shard", str(tmp_path / "films"), "-o", str(tmp_path / "shards"), "--jobs", "1"]) == 0
    assert [str(p.folder)[-15:] for p in find_processes([tmp_path / "shards"])] == [
        "anna/process-00",
        "bert/process-00",
    ]
    assert main(["data", "check", str(tmp_path / "shards"), "--jobs", "1"]) == 0


def test_an_incomplete_record_is_labelled_again(films, maps):
    assert label(films, "--labels", maps) == 0
    edit(films / "film0", steps=[])
    assert label(films) == 0
    assert Process(films / "film0").step_degrees("contribution") is not None
