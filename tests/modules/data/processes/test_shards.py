"""Shards: what lies in them is what lay in the folders, bit by bit; order, split and packing depend on nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from recorded import edit, recorded, simulated

from ppp.cli.main import main
from ppp.modules.data.processes.process import Process, find_processes
from ppp.modules.data.processes.sampler import DegreeBalance
from ppp.modules.data.processes.shard_reader import read_index
from ppp.modules.data.processes.shard_writer import split_of
from ppp.modules.firstframe.train import task as firstframe_task
from ppp.modules.frames.dataset import SequenceDataset
from ppp.modules.frames.train import task
from ppp.modules.io.errors import UserError
from ppp.modules.segment.train import task as segment_task
from ppp.modules.training.dataloader import _EpochSampler, own_share
from ppp.modules.training.settings import RunConfig


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Path:
    """Five paintings; of each but the last two processes."""
    folder = tmp_path_factory.mktemp("processes")
    for number in range(9):
        path = simulated(folder / f"painting.{number // 2}-{number % 2:02d}", number, n_frames=8)
        painting = json.loads((path / "process.json").read_text())["painting"]
        edit(path, painting={**painting, "sha256": f"{number // 2:064x}"})
    recorded(folder / "zfilm", labels=True, cuts=(5,))
    (folder / "zfilm" / "degrees.json").write_text('{"3": {"hair": 0.25}}')
    return folder


def shard(*arguments) -> int:
    return main(["data", "shard", *map(str, arguments), "--jobs", "1", "--quiet"])


@pytest.fixture(scope="module")
def shards(folders, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("shards") / "packed"
    assert shard(folders, "-o", out, "--per-shard", 4) == 0
    return out


def test_a_shard_holds_what_the_folders_hold(folders, shards):
    ours, theirs = find_processes([shards], labelled=True), find_processes([folders])
    assert [p.folder.name for p in ours] == [p.folder.name for p in theirs] and len(ours) == 10
    for packed, process in zip(ours, theirs, strict=True):
        assert packed.info == process.info and packed.cuts == process.cuts
        assert np.array_equal(packed.painting(), process.painting())
        assert np.array_equal(packed.labels(), process.labels())
        assert len(packed.frame_names) == len(process.frame_names)
        assert all(np.array_equal(packed.frame(i), process.frame(i)) for i in range(len(process.frame_names)))
        assert (packed.plan is None) == (process.plan is None)
        assert packed.manual_degrees == process.manual_degrees
    assert ours[-1].manual_degrees[3] and ours[-1].cuts == [5]
    index = read_index(shards)
    assert [entry["file"] for entry in index["shards"]] == [f"train-00000{i}.tar" for i in range(3)]
    assert [len(entry["processes"]) for entry in index["shards"]] == [4, 4, 2]


def test_training_samples_are_equal_bit_by_bit(folders, shards, tmp_path):
    run = RunConfig(out=tmp_path / "run", steps=1)
    one, other = (task([data], {"crop": 32}, run).dataset for data in (folders, shards))
    assert other.groups.tolist() == [0] * 4 + [1] * 4 + [2] * 2 and one.groups is None
    for epoch in range(3):
        for index in range(len(one)):
            a, b = one.sample(7, epoch, index), other.sample(7, epoch, index)
            assert a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("stage", ["firstframe", "segment"])
def test_the_stages_of_pictures_read_shards_too(stage, folders, shards, tmp_path):
    """The same samples as from the folders, in the same order."""
    make = {"firstframe": firstframe_task, "segment": segment_task}[stage]
    options = {"crop": 64} if stage == "segment" else {"crop": 32, "artists": 1}
    run = RunConfig(out=tmp_path / "run", steps=1)
    one, other = (make([data], options, run).dataset for data in (folders, shards))
    assert len(one) == len(other) == 10
    assert [one.name(i).rpartition("/")[2] for i in range(10)] == [other.name(i) for i in range(10)]
    for epoch, index in ((0, 0), (1, 4), (2, 9)):
        a, b = one.sample(7, epoch, index), other.sample(7, epoch, index)
        assert a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)
    if stage == "firstframe":
        assert one.groups is None and other.groups.tolist() == [0] * 4 + [1] * 4 + [2] * 2


@pytest.mark.parametrize("make", [segment_task, firstframe_task])
def test_the_stages_of_pictures_keep_the_split(make, folders, tmp_path):
    out = tmp_path / "split"
    assert shard(folders, "-o", out, "--val", 0.5, "--per-shard", 3) == 0
    made = make([out], {"crop": 32 if make is firstframe_task else 64}, RunConfig(out=tmp_path / "run", steps=1))
    train = [process.folder.name for process in find_processes([out], split="train")]
    assert [made.dataset.name(i) for i in range(len(made.dataset))] == train
    held_out = made.held_out
    names = [p.name for p in held_out] if make is segment_task else [held_out.name(i) for i in range(len(held_out))]
    assert names == [process.folder.name for process in find_processes([out], split="val")]


def test_shards_of_equal_processes_are_equal_files(folders, shards, tmp_path):
    assert shard(folders, "-o", tmp_path / "again", "--per-shard", 4) == 0
    for path in sorted(shards.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_webdataset_itself_reads_them(folders, shards):
    import webdataset

    tars = sorted(map(str, shards.glob("*.tar")))
    samples = list(webdataset.WebDataset(tars, shardshuffle=False))
    assert len(samples) == 10
    processes = find_processes([folders])
    for sample, process in zip(samples, processes, strict=True):
        assert json.loads(sample["process.json"]) == process.info
        assert sample["frames.00003.png"] == process.files.read("frames/00003.png")


def test_all_processes_of_a_painting_go_into_one_split(folders, tmp_path):
    out = tmp_path / "split"
    assert shard(folders, "-o", out, "--val", 0.5, "--per-shard", 3) == 0
    split = {
        name: entry["split"] for entry in read_index(out)["shards"] for name in entry["processes"]
    }  # fmt: skip
    assert set(split.values()) == {"train", "val"} and len(split) == 10
    for number in range(4):
        assert split[f"painting.{number}-00"] == split[f"painting.{number}-01"]
    train, val = (find_processes([out], split=name) for name in ("train", "val"))
    assert len(train) + len(val) == len(find_processes([out])) == 10
    assert not {p.folder.name for p in train} & {p.folder.name for p in val}
    # A process is where it is, whatever else is packed with it.
    assert all(split_of(Process(folders / name), 0.5) == where for name, where in split.items())
    run = RunConfig(out=tmp_path / "run", steps=1)
    assert len(task([out], {}, run).dataset) == len(train)


def test_an_interrupted_or_changed_run_continues(folders, tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    shutil.copytree(folders, data)
    assert shard(data, "-o", out, "--per-shard", 4) == 0
    times = {path.name: path.stat().st_mtime_ns for path in out.glob("*.tar")}
    (out / "train-000001.json").unlink()
    shutil.rmtree(data / "zfilm")
    assert shard(data, "-o", out, "--per-shard", 4) == 0
    changed = {path.name for path in out.glob("*.tar") if path.stat().st_mtime_ns != times[path.name]}
    assert changed == {"train-000001.tar", "train-000002.tar"}
    assert len(find_processes([out])) == 9
    edit(data / "painting.0-00", note="labelled anew")
    assert shard(data, "-o", out, "--per-shard", 4) == 0
    assert find_processes([out])[0].info["note"] == "labelled anew"


def test_fewer_processes_leave_no_old_shards(folders, tmp_path, capsys):
    out = tmp_path / "out"
    assert shard(folders, "-o", out, "--per-shard", 2) == 0
    assert shard(folders, "-o", out, "--per-shard", 5) == 2 and "per_shard" in capsys.readouterr().err
    assert shard(folders, "-o", out, "--per-shard", 5, "--overwrite") == 0
    assert sorted(p.name for p in out.glob("*.tar")) == ["train-000000.tar", "train-000001.tar"]
    assert len(find_processes([out])) == 10


def test_what_cannot_be_packed_is_reported_and_the_others_are(folders, tmp_path, capsys):
    data = tmp_path / "data"
    shutil.copytree(folders / "painting.0-00", data / "good")
    recorded(data / "unlabelled")
    shutil.copytree(folders / "painting.1-00", data / "wrong")
    (data / "wrong" / "degrees.json").write_text('{"3": {"tail": 1}}')
    assert shard(data, "-o", tmp_path / "out") == 3
    output = capsys.readouterr()
    assert "unlabelled" in output.err and "wrong" in output.err and "1 processes in 1 shards" in output.out
    assert shard(data / "unlabelled", "-o", tmp_path / "none") == 2 and not (tmp_path / "none").exists()


def test_a_prediction_brings_its_painting_along(folders, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(folders / "painting.0-00", data / "run")
    (data / "run" / "painting.png").rename(tmp_path / "mine.png")
    (data / "run" / "labels.png").rename(data / "run" / "segmentation.png")
    mine = {"path": str(tmp_path / "mine.png"), "sha256": "0"}
    edit(data / "run", kind="predicted", provenance="predicted, not recorded", painting=mine)
    painting = find_processes([data])[0].painting()
    assert shard(data, "-o", tmp_path / "out") == 0
    (tmp_path / "mine.png").unlink()
    (process,) = find_processes([tmp_path / "out"])
    assert np.array_equal(process.painting(), painting) and process.labels().max() > 0


def test_a_cut_off_shard_is_named(shards, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(shards, copy)
    tar = copy / "train-000002.tar"
    tar.write_bytes(tar.read_bytes()[:20_000])
    with pytest.raises(UserError, match="cut off"):
        [process.frame(7) for process in find_processes([copy])[-2:]]
    (copy / "train-000001.json").unlink()
    with pytest.raises(UserError, match="make the shards again"):
        _ = find_processes([copy])[5].info


def test_machines_divide_the_shards(shards, tmp_path):
    """Each reads its own shards only, all of them, every epoch once, and continues where it was."""
    samples = SequenceDataset(find_processes([shards]))
    run = RunConfig(out=tmp_path, steps=100, batch=2)
    seen = []
    for rank in range(2):
        order = iter(_EpochSampler(len(samples), run, 0, rank, 2, samples.groups))
        drawn = [next(order) for _ in range(60)]
        own = own_share(samples.groups, rank, 2)
        assert {index for _, index in drawn} == set(own)
        first = [index for epoch, index in drawn if epoch == 0]
        assert sorted(first) == sorted(own)
        resumed = iter(_EpochSampler(len(samples), run, 7, rank, 2, samples.groups))
        assert [next(resumed) for _ in range(20)] == drawn[14:34]
        seen.append({samples.groups[index] for _, index in drawn})
    assert seen == [{0, 2}, {1}]
    alone = iter(_EpochSampler(len(samples), run, 0, 0, 1, samples.groups))
    folders = iter(_EpochSampler(len(samples), run, 0, 0, 1))
    assert [next(alone) for _ in range(30)] == [next(folders) for _ in range(30)]
    assert own_share(samples.groups, 0, 4) is None  # three shards, four machines: all read all


def test_a_machine_needs_no_shards_but_its_own(shards, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(shards, copy)
    for path in copy.glob("train-000001.*"):
        path.unlink()
    made = task([copy], {"crop": 32}, RunConfig(out=tmp_path / "run", steps=1))
    assert len(made.dataset) == 10 and made.dataset.balance is not None
    for index in own_share(made.dataset.groups, 0, 2):
        assert made.dataset.sample(0, 0, int(index))["frames"].shape[0] == 4
    assert DegreeBalance.fit(find_processes([shards])).weights.shape == (5,)
