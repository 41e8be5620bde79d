"""`ppp batch`: results, failures, going on after kill -9, shards, addresses; one machine and a small Ray cluster."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppp.cli.batch.log import BatchLog
from ppp.cli.batch.paintings import find_paintings, parse_shard
from ppp.cli.engines import KILLED, iterate_results
from ppp.cli.main import main
from ppp.modules.io.addresses import Place
from ppp.modules.io.errors import UserError
from ppp.pipeline.verify import UNCHANGED, verify

# A second of CPU for each picture: no network, no film.
FAST = ["--stage", "segment=clusters", "--stage", "frames=partfade", "--frames", "3", "--smooth", "1",
        "--video-format", "gif", "--size", "24", "--device", "cpu", "--quiet"]  # fmt: skip


def save_picture(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    colours = np.random.default_rng(seed).integers(0, 255, (4, 5, 3), np.uint8)
    Image.fromarray(colours.repeat(10, 0).repeat(10, 1)).save(path, "PNG")


@pytest.fixture
def pictures(tmp_path):
    """Four pictures, one of them broken, in a folder and a folder in it."""
    folder = tmp_path / "pictures"
    for seed, name in enumerate(("a.png", "b.png", "more/a.png")):
        save_picture(folder / name, seed)
    (folder / "c.png").write_text("no picture")
    return folder


def rows(place, name="batch.jsonl"):
    return [json.loads(line) for line in (place / name).read_text("utf-8").splitlines()]


def batch(*words):
    return main(["batch", *map(str, words), *FAST])


def test_a_failure_is_told_and_the_others_are_whole(pictures, tmp_path, capsys):
    out = tmp_path / "out"
    assert batch(pictures, "-o", out, "--jobs", 1, "--medium", "pencil", "--seeds", 2, "--json") == 3
    said = json.loads(capsys.readouterr().out)
    assert (said["painted"], said["kept"], len(said["failed"])) == (6, 0, 2)
    names = {"a-00", "a-01", "b-00", "b-01", "more-a-00", "more-a-01"}
    assert {path.name for path in out.iterdir()} == names | {"batch.jsonl"}
    found = rows(out)
    assert all(verify(out / name).state == UNCHANGED for name in names)
    assert [row["state"] for row in found].count("painted") == 6 and all(row["cpu_seconds"] >= 0 for row in found)
    assert "picture" in next(row for row in found if row["state"] == "failed")["error"][0]
    process = json.loads((out / "b-01" / "process.json").read_text())
    assert process["seed"] == 1 and process["plan"]["medium"] == "pencil" and process["painting"]["width"] == 24
    assert main(["replay", str(out / "b-01"), "-o", str(tmp_path / "again"), "--video-format", "gif"]) == 0
    frames = [(place / "frames" / "00001.png").read_bytes() for place in (out / "b-01", tmp_path / "again")]
    assert frames[0] == frames[1], "a painting that was made smaller is repeated so"


def test_it_goes_on_only_when_asked_and_never_mixes(pictures, tmp_path, capsys):
    out = tmp_path / "out"
    (pictures / "c.png").unlink()
    assert batch(pictures / "b.png", "-o", out, "--jobs", 1) == 0
    first = (out / "b" / "process.json").stat().st_mtime_ns
    with (out / "batch.jsonl").open("a") as log:
        log.write('{"painting": "cut')
    assert batch(pictures, "-o", out, "--jobs", 1) == 2 and "--skip-finished" in capsys.readouterr().err
    assert batch(pictures, "-o", out, "--jobs", 1, "--skip-finished") == 0
    assert "2 painted" in capsys.readouterr().out
    assert (out / "b" / "process.json").stat().st_mtime_ns == first
    whole = [line for line in (out / "batch.jsonl").read_text().splitlines() if line.endswith("}")]
    assert len(whole) == 3
    # Another picture under the same name, or other settings: never taken for finished, never lost.
    save_picture(pictures / "b.png", 9)
    assert batch(pictures / "b.png", "-o", out, "--jobs", 1, "--skip-finished") == 3
    assert "another picture" in capsys.readouterr().err
    assert batch(pictures / "a.png", "-o", out, "--jobs", 1, "--skip-finished", "--seed", 5) == 3
    assert "other settings" in capsys.readouterr().err
    process = json.loads((out / "a" / "process.json").read_text())
    del process["made_with"]["batch"]  # as `ppp run` makes it
    (out / "a" / "process.json").write_text(json.dumps(process))
    assert batch(pictures / "a.png", "-o", out, "--jobs", 1, "--skip-finished") == 3
    assert "other settings" in capsys.readouterr().err
    assert (out / "b" / "process.json").stat().st_mtime_ns == first
    assert batch(pictures / "b.png", "-o", out, "--jobs", 1, "--skip-finished", "--overwrite") == 0
    assert (out / "b" / "process.json").stat().st_mtime_ns != first


@pytest.mark.parametrize("wrong", [["--shard", "4/4"], ["--engine", "slurm"], ["--split", "a=b.png"], ["--jobs", "-1"]])
def test_what_cannot_be_is_the_users_fault(pictures, tmp_path, wrong):
    assert batch(pictures, "-o", tmp_path / "out", *wrong) == 2
    assert batch(tmp_path / "nothing", "-o", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_pictures_are_found_and_named(pictures, tmp_path):
    out = pictures / "out"
    save_picture(out / "a" / "frames" / "00000.png", 0)
    assert [p.name for p in find_paintings([str(pictures)], 1, out)] == ["a", "b", "c", "more-a"]
    (tmp_path / "list.txt").write_text("# mine\n\npictures/more/a.png\npictures/a.png\n")
    listed = find_paintings([str(tmp_path / "list.txt"), str(pictures / "*.png")], 1, out)
    assert [p.name for p in listed] == ["a", "a-2", "b", "c"]
    assert [p.source for p in listed][:2] == [str(pictures / "more" / "a.png"), str(pictures / "a.png")]
    assert len({p.name for p in find_paintings([str(pictures)], 3, out)}) == 12
    everything = find_paintings([str(pictures)], 1, out)
    assert find_paintings([str(pictures), str(pictures / "*.png")], 1, out) == everything, "given twice, painted once"
    shards = [parse_shard(f"{i}/3") for i in range(3)]
    assert sorted(p.name for i, n in shards for p in everything[i::n]) == [p.name for p in everything]
    with pytest.raises(UserError, match="no pictures"):
        find_paintings([str(tmp_path / "*.gif")], 1, None)


def test_results_are_not_painted_by_whatever_way_their_folder_is_named(pictures, tmp_path, monkeypatch):
    save_picture(pictures / "out" / "a" / "frames" / "00000.png", 0)
    (tmp_path / "link").symlink_to(pictures)
    monkeypatch.chdir(pictures)
    for out in ("../pictures/out", str(tmp_path / "link" / "out"), "./out"):
        assert [p.name for p in find_paintings(["."], 1, Path(out))] == ["a", "b", "c", "more-a"]
    with pytest.raises(UserError, match="folder of the results"):
        find_paintings(["."], 1, Path("../pictures"))


def test_any_name_of_a_picture_gives_a_folder_inside_of_the_results(tmp_path):
    names = ["..png", "...png", "batch.jsonl.png", "a\nb.png", "-o.png", "\U0001f3a8" * 60 + ".png"]
    for seed, name in enumerate([*names, "x" * 120 + "/" + "y" * 120 + ".png"]):
        save_picture(tmp_path / "in" / name, seed)
    found = [job.name for job in find_paintings([str(tmp_path / "in")], 1, tmp_path / "out")]
    assert sorted(found)[:5] == ["-o", "a_b", "batch-jsonl", "painting", "painting-2"]
    assert all(len(os.fsencode(name)) <= 150 for name in found) and len(set(found)) == 7
    assert batch(tmp_path / "in", "-o", tmp_path / "out", "--jobs", 1) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*found, "batch.jsonl"}
    assert sorted(os.listdir(tmp_path)) == ["in", "out"]


def test_a_place_that_is_none_or_in_use_is_refused(pictures, tmp_path, capsys):
    picture = pictures / "a.png"
    for out in (picture, picture / "in", tmp_path / ("x" * 300)):
        assert batch(picture, "-o", out, "--jobs", 1) == 2
        assert "cannot be written to" in capsys.readouterr().err
    with BatchLog(Place(str(tmp_path / "out")), (0, 1)):
        assert batch(picture, "-o", tmp_path / "out", "--jobs", 1, "--skip-finished") == 2
        assert "at work there" in capsys.readouterr().err
    assert batch(picture, "-o", tmp_path / "out", "--jobs", 1, "--skip-finished") == 0


def test_other_paints_in_the_same_file_are_other_settings(pictures, tmp_path, capsys):
    paints, words = tmp_path / "mine.toml", ["--jobs", 1, "--medium", "oil", "--palette", tmp_path / "mine.toml"]
    paints.write_text('paints = ["titanium white", "ivory black"]')
    assert batch(pictures / "a.png", "-o", tmp_path / "out", *words) == 0
    assert batch(pictures / "a.png", "-o", tmp_path / "out", *words, "--skip-finished") == 0
    assert "were there already" in capsys.readouterr().out
    paints.write_text('paints = ["titanium white", "burnt umber"]')
    assert batch(pictures / "a.png", "-o", tmp_path / "out", *words, "--skip-finished") == 3
    assert "other settings" in capsys.readouterr().err


def test_shards_share_a_folder(pictures, tmp_path):
    for index in range(2):
        batch(pictures / "a.png", pictures / "b.png", "-o", tmp_path / "out", "--jobs", 1, "--shard", f"{index}/2")
    logs = [rows(tmp_path / "out", f"batch-{index}-of-2.jsonl") for index in range(2)]
    assert [[row["state"] for row in log] for log in logs] == [["painted"], ["painted"]]


def start(*words):
    command = [sys.executable, "-m", "ppp.cli.main", "batch", *map(str, words), *FAST]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for(fact, child=None, seconds=120):
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline and (child is None or child.poll() is None), child and child.communicate()
        time.sleep(0.02)


def test_after_kill_9_what_is_whole_is_kept_and_the_rest_painted(tmp_path):
    for seed in range(8):
        save_picture(tmp_path / "pictures" / f"{seed}.png", seed)
    words = (tmp_path / "pictures", "-o", tmp_path / "out", "--jobs", 2)
    child = start(*words)
    log = tmp_path / "out" / "batch.jsonl"
    wait_for(lambda: log.exists() and log.read_text().count("\n") >= 2, child)
    child.send_signal(signal.SIGKILL)
    child.communicate()  # until the workers have let go of its pipes, too
    there = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*/process.json")}
    assert 2 <= len(there) < 8
    assert batch(*words, "--skip-finished") == 0
    assert all(verify(tmp_path / "out" / str(seed)).state == UNCHANGED for seed in range(8))
    assert all(path.stat().st_mtime_ns == then for path, then in there.items())


def die_or_double(job):
    """A job that kills its process each time, one that does so once, and others."""
    number, mark = job
    if number == 1 or (number == 3 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def double():
    return die_or_double


def test_a_killed_process_costs_its_own_job_alone(tmp_path):
    jobs = [(number, tmp_path / "mark") for number in range(6)]
    found = {job[0]: (result, error) for job, result, error in iterate_results(double, jobs, workers=2)}
    assert found.pop(1)[1].args == KILLED.args
    assert found == {number: (2 * number, None) for number in (0, 2, 3, 4, 5)}


def test_addresses_serve_as_folders(pictures, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.rm("/batch", recursive=True) if memory.exists("/batch") else None
    memory.put(str(pictures), "/batch/in", recursive=True)
    words = ("memory://batch/in", "-o", "memory://batch/out", "--jobs", 1)
    assert batch(*words) == 3
    assert sorted(path.rpartition("/")[2] for path in memory.ls("/batch/out", detail=False)) == [
        "a", "b", "batch.jsonl", "more-a",
    ]  # fmt: skip
    assert json.loads(memory.cat("/batch/out/b/process.json"))["kind"] == "predicted"
    memory.rm("/batch/out/b/process.json")  # as if it had been killed while it uploaded
    before = memory.info("/batch/out/a/process.json")["created"]
    assert batch(*words, "--skip-finished") == 3
    assert memory.exists("/batch/out/b/process.json")
    assert memory.info("/batch/out/a/process.json")["created"] == before
    states = [json.loads(line)["state"] for line in memory.cat("/batch/out/batch.jsonl").splitlines()]
    assert states.count("painted") == 4 and states.count("failed") == 2
    assert batch("memory://batch/nothing", "-o", tmp_path / "out") == 2
    assert batch("nosuch://batch/in", "-o", tmp_path / "out") == 2


@pytest.fixture(scope="module")
def cluster():
    """Two machines of a Ray cluster, both on this one: a processor each."""
    pytest.importorskip("ray", reason="the extra [cluster] is not installed")
    from ray.cluster_utils import Cluster

    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  (Ray spells it so) on a busy machine the usual 15 would never get its turn
    small = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=small)
    made.add_node(**small)
    yield made.address
    made.shutdown()


def test_on_a_cluster_a_killed_worker_loses_nothing(cluster, tmp_path):
    out = tmp_path / "out"
    for seed in range(6):
        save_picture(tmp_path / "pictures" / f"{seed}.png", seed)
    killed = []

    def kill_one():
        """The process that paints the next picture, as soon as its temporary folder is there."""
        wait_for(lambda: (out / "batch.jsonl").exists() and rows(out))
        worker = rows(out)[0]["process"]
        wait_for(lambda: any(path.name.startswith(".") for path in out.iterdir()))
        os.kill(worker, signal.SIGKILL)
        killed.append(worker)

    killer = threading.Thread(target=kill_one)
    killer.start()
    assert batch(tmp_path / "pictures", "-o", out, "--engine", "ray", "--address", cluster) == 0
    killer.join()
    assert killed and sorted(row["out"][-1] for row in rows(out)) == list("012345")
    assert all(verify(out / str(seed)).state == UNCHANGED for seed in range(6))
    assert killed[0] in {row["process"] for row in rows(out)} and len({row["process"] for row in rows(out)}) >= 2


def test_without_a_cluster_it_says_how_to_start_one(pictures, tmp_path, capsys):
    pytest.importorskip("ray", reason="the extra [cluster] is not installed")
    assert batch(pictures, "-o", tmp_path / "out", "--engine", "ray", "--address", "127.0.0.1:1") == 2
    assert "ray start" in capsys.readouterr().err
