"""From a picture to its time lapse with the real stages, tiny and untrained, and with the baselines."""

import itertools
import json
import shutil
import tracemalloc
from copy import deepcopy
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ppp.modules.brush.pass_layout import bare_canvas
from ppp.modules.data.processes.process import Process
from ppp.modules.degree import finished, measure
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.frames.paper.config import PaperConfig
from ppp.modules.frames.paper.model import PaperFramesModel
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet, cluster_label_set
from ppp.modules.plans.edits import Skip
from ppp.pipeline.blocks.baselines import Crossfade, Simulate
from ppp.pipeline.blocks.parts import is_portrait
from ppp.pipeline.blocks.registry import block_names, named_block
from ppp.pipeline.graph import Block, Port
from ppp.pipeline.graph.wirings import DEFAULT
from ppp.pipeline.images import quantise
from ppp.pipeline.loading import load_stage
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.port_values import Parts
from ppp.pipeline.replay import replay

BASELINES = ("crossfade", "partfade", "simulate")


def portrait(width=72, height=88):
    """A head on a ground, with its label map -> ((H,W,3) uint8, (H,W) uint8)."""
    y, x = np.mgrid[0:height, 0:width]
    labels = np.ones((height, width), np.uint8)
    labels[y > 0.75 * height] = PORTRAIT.index("clothes")
    labels[((x / width - 0.5) / 0.3) ** 2 + ((y / height - 0.4) / 0.33) ** 2 < 1] = PORTRAIT.index("hair")
    labels[((x / width - 0.5) / 0.22) ** 2 + ((y / height - 0.45) / 0.27) ** 2 < 1] = PORTRAIT.index("face")
    labels[(abs(y / height - 0.4) < 0.03) & (abs(abs(x / width - 0.5) - 0.09) < 0.05)] = PORTRAIT.index("eyes")
    colours = np.random.default_rng(5).integers(40, 220, (len(PORTRAIT), 3))
    picture = colours[labels] + 25 * np.sin(x / 5)[..., None] + 15 * np.cos(y / 3)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8), labels


@pytest.fixture
def files(tmp_path):
    """painting.png and labels.png of `portrait`."""
    picture, labels = portrait()
    Image.fromarray(picture).save(tmp_path / "painting.png")
    PORTRAIT.save_png(tmp_path / "labels.png", labels)
    return tmp_path / "painting.png", tmp_path / "labels.png"


@pytest.fixture(scope="session")
def tiny(tiny_pipeline):
    return Pipeline.from_pretrained(tiny_pipeline, device="cpu")


class NoPortrait(Block):
    """A segment stage that sees nothing but background."""

    inputs = (Port("painting", "picture"),)
    outputs = (Port("labels", "labels", label_set=PORTRAIT.hash),)

    def __call__(self, *, painting):
        return {"labels": Parts(np.ones(painting.shape[:2], np.uint8), PORTRAIT)}


def pixels(folder):
    return [np.asarray(Image.open(path)) for path in sorted((folder / "frames").iterdir())]


def test_a_run_writes_everything_and_tells_the_truth(tiny, files, tmp_path):
    """The manifest is recomputed from the written frames and the written label map."""
    painting_file, labels_file = files
    out = tiny(painting_file, n_frames=6, seed=3, segmentation=labels_file).save(tmp_path / "out")
    assert {p.name for p in out.iterdir()} - {"sheet-2.png"} == {  # words on strokes may need a second page
        "frames", "first_frame.png", "process.json", "segmentation.png", "sheet.png", "timelapse.mp4",
    }  # fmt: skip
    process = json.loads((out / "process.json").read_text())
    for key in ("schema", "kind", "ppp_version", "painting", "weights", "seed", "plan", "labels", "steps", "closing",
                "unfinished", "times", "device", "provenance"):  # fmt: skip
        assert key in process
    painting = np.asarray(Image.open(painting_file)).astype(np.float32) / 255
    labels = PORTRAIT.load_png(out / "segmentation.png")
    np.testing.assert_array_equal(labels, portrait()[1])
    frames = [frame.astype(np.float32) / 255 for frame in pixels(out)]
    assert len(frames) == 6
    assert process["plan"]["medium"] == "oil" and process["plan"]["ending"] == "painting"
    tone = 255 * np.array(process["plan"]["ground"])
    assert np.abs(pixels(out)[0] - tone).max() < 8 and np.abs(pixels(out)[0].mean(axis=(0, 1)) - tone).max() < 1
    np.testing.assert_array_equal(np.asarray(Image.open(out / "first_frame.png")), pixels(out)[1])
    present = {PORTRAIT.names[k]: k for k in np.unique(labels)}
    assert process["labels"] == list(present)
    assert process["kind"] == "predicted"
    assert process["painting"] == {
        "path": str(painting_file.resolve()), "sha256": process["painting"]["sha256"], "width": 72, "height": 88,
    }  # fmt: skip
    assert process["closing"] == "input", "the last look leaves nothing but the painting"
    np.testing.assert_array_equal(pixels(out)[-1], portrait()[0])
    assert process["provenance"] == "predicted, not recorded"
    assert [step["frame"] for step in process["steps"]] == [1, 2, 3, 4, 5]
    assert [step["by"] for step in process["steps"]] == ["firstframe"] + 4 * ["frames"]
    for step in process["steps"]:
        before, after = frames[step["frame"] - 1], frames[step["frame"]]
        reached = measure(before, after, painting, labels, 10)
        done = finished(after, painting, labels, 10)
        assert step["asked"].keys() == step["reached"].keys() == present.keys()
        assert all(0 <= degree <= 1 for degree in step["asked"].values())
        for name, k in present.items():
            assert step["reached"][name] == pytest.approx(reached[k], abs=1e-4)
            assert (name in step["finished"]) == done[k]
        assert step["distance"] == pytest.approx(np.abs(after - painting).mean(), abs=1e-5)
    assert process["unfinished"] == [n for n in present if n not in process["steps"][-1]["finished"]]
    assert process["weights"]["segment"].keys() == {"file"}
    assert len(process["weights"]["firstframe"]) == len(process["weights"]["frames"]) == 64
    assert process["video"]["file"] == "timelapse.mp4"
    stored = Process(out)  # the reader of recorded and simulated processes reads a run, too
    np.testing.assert_array_equal(stored.painting(), portrait()[0])
    np.testing.assert_array_equal(stored.labels(), labels)
    np.testing.assert_array_equal(stored.frame(5), pixels(out)[5])
    assert process["times"].keys() >= {"read", "plan", "firstframe", "frames", "write"}


def test_one_seed_twice_gives_the_same_bytes_and_another_seed_other_pixels(tiny, files, tmp_path):
    painting, labels = files
    outs = [
        tiny(painting, n_frames=5, seed=seed, segmentation=labels).save(tmp_path / str(i))
        for i, seed in enumerate((7, 7, 8))
    ]
    first, second, other = ([p.read_bytes() for p in sorted(out.rglob("*.png"))] for out in outs)
    assert first == second
    assert first != other


def test_frames_in_memory_are_the_frames_on_disk(tiny, files, tmp_path):
    lapse = tiny(files[0], n_frames=4, segmentation=files[1])
    read = list(lapse.frames)
    assert len(read) == len(lapse) == 4
    out = lapse.save(tmp_path / "out")
    for frame, stored in zip(read, pixels(out), strict=True):
        assert frame.dtype == np.float32
        np.testing.assert_array_equal(quantise(frame), stored)
    assert lapse.process["steps"] == json.loads((out / "process.json").read_text())["steps"]


def test_the_segment_stage_is_used_when_nothing_is_given(tiny, files):
    lapse = tiny(files[0], n_frames=2)
    assert lapse.parts.labels.shape == (88, 72)
    assert len(lapse.weights["segment"]) == 64
    again, _ = tiny.segment(files[0])
    np.testing.assert_array_equal(again.labels, lapse.parts.labels)


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_make_the_whole_process_and_end_on_the_painting(files, tmp_path, name):
    lapse = Pipeline({"frames": name}, device="cpu")(files[0], n_frames=9, segmentation=files[1])
    out = lapse.save(tmp_path / name)
    stored = pixels(out)
    assert len(stored) == 9
    np.testing.assert_array_equal(stored[0], quantise(bare_canvas(lapse.plan, 88, 72)))
    np.testing.assert_array_equal(stored[-1], portrait()[0])
    process = lapse.process
    assert {step["by"] for step in process["steps"]} == {name}
    assert process["closing"] == "input"
    assert process["unfinished"] == []
    assert process["weights"]["frames"] is None
    assert all((a != b).any() for a, b in itertools.pairwise(stored))


def test_crossfade_is_linear_and_partfade_works_part_after_part(files):
    painting, labels = (a.astype(np.float32) for a in portrait())
    frames = list(Pipeline({"frames": "crossfade"}, device="cpu")(files[0], n_frames=5, segmentation=files[1]))
    np.testing.assert_allclose(frames[2], (frames[0] + painting / 255) / 2, atol=0.003)
    frames = list(Pipeline({"frames": "partfade"}, device="cpu")(files[0], n_frames=13, segmentation=files[1]))
    working = []
    for before, after in itertools.pairwise(frames):
        working.append({int(k) for k in np.unique(labels[np.abs(after - before).max(axis=2) > 0])})
    assert max(len(parts) for parts in working) <= 3
    assert working[0] == {1}, "the background first"
    assert PORTRAIT.index("eyes") in working[-1], "what lies on top last"


def test_the_plan_is_artist_by_default_and_may_be_another(tiny, files):
    assert tiny(files[0], 5, segmentation=files[1]).process["plan"]["name"] == "artist"
    lapse = tiny(files[0], 5, plan="random", segmentation=files[1])
    assert lapse.process["plan"]["name"] == "random"
    again = tiny(files[0], 5, plan=lapse.plan, segmentation=files[1])
    np.testing.assert_array_equal(again.plan.degrees, lapse.plan.degrees)
    assert tiny(files[0], 5, habit="lineart", segmentation=files[1]).plan.habit == "lineart"
    asked = tiny(files[0], 5, medium="pencil", ending="brush", segmentation=files[1])
    assert (asked.plan.medium, asked.plan.ending) == ("pencil", "brush")
    recipe = asked.process["plan"]["recipe"]
    assert (recipe["medium"], recipe["ending"]) == ("pencil", "brush")
    with pytest.raises(UserError, match="pencil"):
        tiny(files[0], 5, medium="crayon", segmentation=files[1])
    with pytest.raises(UserError, match="does not fit"):
        tiny(files[0], 6, plan=lapse.plan, segmentation=files[1])
    with pytest.raises(UserError, match="artist"):
        tiny(files[0], 5, plan="monet", segmentation=files[1])
    with pytest.raises(UserError, match="lineart"):
        tiny(files[0], 5, habit="monet", segmentation=files[1])


def test_the_first_frame_may_be_blank_or_a_file(tiny, files, tmp_path):
    lapse = tiny(files[0], 4, segmentation=files[1], first_frame="blank")
    assert lapse.process["steps"][0]["by"] == "frames"
    assert lapse.process["weights"]["firstframe"] is None
    own = np.full((88, 72, 3), 99, np.uint8)
    Image.fromarray(own).save(tmp_path / "own.png")
    lapse = tiny(files[0], 4, segmentation=files[1], first_frame=tmp_path / "own.png")
    np.testing.assert_array_equal(quantise(list(lapse)[1]), own)
    assert lapse.process["steps"][0]["by"] == "file"
    assert lapse.process["weights"]["firstframe"].keys() == {"file"}
    Image.fromarray(own[:50]).save(tmp_path / "small.png")
    with pytest.raises(UserError, match="72x50"):
        tiny(files[0], 4, segmentation=files[1], first_frame=tmp_path / "small.png")


def test_a_picture_without_a_portrait_gets_parts_and_the_run_says_so(tiny, tmp_path):
    """A label map of background only, from a segmenter that finds no portrait."""
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:25], picture[25:], picture[35:50, 20:40] = (120, 170, 230), (60, 120, 40), (150, 60, 40)
    found, notes = Pipeline({"segment": NoPortrait(), "frames": "simulate"}, device="cpu").segment(picture)
    assert not found.label_set.named
    assert "No portrait" in notes[0]
    pipeline = Pipeline(tiny.sources | {"segment": NoPortrait()}, device="cpu")
    lapse = pipeline(picture, 4)
    out = lapse.save(tmp_path / "out")
    assert lapse.process["labels"][0].startswith("part")
    assert "No portrait" in lapse.notes[0]
    # The written label map is understood when it is given back, names and all.
    again = tiny(picture, 4, segmentation=out / "segmentation.png")
    assert again.parts.label_set.names == lapse.parts.label_set.names
    np.testing.assert_array_equal(again.parts.labels, lapse.parts.labels)
    assert again.notes == []


def test_what_a_portrait_is():
    labels = portrait()[1]
    assert is_portrait(labels)
    masked = np.where(labels == PORTRAIT.index("eyes"), PORTRAIT.index("face"), labels)
    sure, unsure = np.full(labels.shape, 0.9, np.float32), np.full(labels.shape, 0.7, np.float32)
    assert not is_portrait(masked)
    assert not is_portrait(masked, unsure), "clothes all over a landscape"
    assert is_portrait(masked, sure), "a face behind a mask"
    assert not is_portrait(np.ones((10, 10), np.uint8), sure)
    coat = np.full((10, 10), PORTRAIT.index("clothes"), np.uint8)
    assert not is_portrait(coat, np.full(coat.shape, 0.95, np.float32)), "the Starry Night"
    coat[-1] = PORTRAIT.index("body")
    assert not is_portrait(coat, np.full(coat.shape, 0.95, np.float32)), "a laid table, all cloth and skin"
    tiny_face = np.ones((100, 100), np.uint8)
    tiny_face[:2, :2] = PORTRAIT.index("eyes")
    assert not is_portrait(tiny_face, sure)


@pytest.mark.parametrize("size", [(1, 1), (2000, 3), (5, 130), (200, 150)])
def test_any_size_and_aspect(tiny, size):
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    for pipeline in (tiny, Pipeline({**tiny.sources, "frames": "simulate"}, device="cpu")):
        frames = list(pipeline(picture, 4, seed=1))
        assert len(frames) == 4
        assert all(frame.shape == picture.shape for frame in frames)
        assert all(np.isfinite(f).all() and f.min() >= 0 and f.max() <= 1 for f in frames)


def test_two_frames_are_the_least(tiny, files):
    lapse = tiny(files[0], 2, segmentation=files[1])
    assert len(list(lapse)) == 2
    assert lapse.process["steps"][0]["by"] == "frames"
    assert min(lapse.process["steps"][0]["asked"].values()) > 0.9, "one step has to do it all"
    simulated = Pipeline({"frames": "simulate"}, device="cpu")(files[0], 2, segmentation=files[1])
    assert simulated.process["unfinished"] == []
    for n in (1, 0, -3):
        with pytest.raises(UserError, match="too few"):
            tiny(files[0], n)


def test_more_frames_than_can_be_are_refused_before_anything_is_planned(tiny, files):
    with pytest.raises(UserError, match="10001 frames are too many"):
        tiny(files[0], 10_001)


def test_memory_does_not_grow_with_the_number_of_frames(files):
    """Only crossfade is cheap enough to run a thousand frames of it."""
    pipeline = Pipeline({"frames": "crossfade"}, device="cpu")
    peaks = []
    for n_frames in (10, 120):
        lapse = pipeline(files[0], n_frames, segmentation=files[1])
        tracemalloc.start()
        for _ in lapse:
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_frame = 72 * 88 * 3 * 4
    assert peaks[1] - peaks[0] < 10 * one_frame, "110 more frames, less than ten frames more memory"


# ---- stages and connections


def test_a_saved_pipeline_paints_the_same(tiny, files, tmp_path):
    tiny.save_pretrained(tmp_path / "saved")
    again = Pipeline.from_pretrained(tmp_path / "saved", device="cpu")
    for a, b in zip(tiny(files[0], 4), again(files[0], 4), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(UserError, match="not empty"):
        tiny.save_pretrained(tmp_path / "saved")
    mixed = Pipeline.from_pretrained(tiny_folder(tiny), frames="partfade", device="cpu")
    mixed.save_pretrained(tmp_path / "mixed")
    assert json.loads((tmp_path / "mixed" / "pipeline.json").read_text())["stages"]["frames"] == "partfade"


def tiny_folder(pipeline):
    return pipeline.sources["frames"].parent


def test_a_stage_of_another_kind_is_refused(tiny_pipeline, files):
    wrong = Pipeline.from_pretrained(tiny_pipeline, frames=tiny_pipeline / "segment", device="cpu")
    with pytest.raises(UserError, match="'segment'"):
        wrong(files[0], 3)


def test_damaged_weights_are_refused(tiny_pipeline, files, tmp_path):
    shutil.copytree(tiny_pipeline, tmp_path / "broken")
    weights = tmp_path / "broken" / "frames" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        Pipeline.from_pretrained(tmp_path / "broken", device="cpu")(files[0], 3)
    weights.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="damaged"):
        Pipeline.from_pretrained(tmp_path / "broken", device="cpu")(files[0], 3)


def test_what_does_not_exist_is_refused_with_the_valid_names(tiny_pipeline, files, tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        Pipeline.from_pretrained(tmp_path / "gone")
    with pytest.raises(UserError, match=r"pipeline\.json"):
        Pipeline.from_pretrained(tmp_path)
    with pytest.raises(UserError, match="simulate, partfade"):
        Pipeline.from_pretrained(tiny_pipeline, frames="monet", device="cpu")(files[0], 3)
    with pytest.raises(UserError, match="segment, firstframe, frames"):
        Pipeline({"frame": "simulate"})
    with pytest.raises(UserError, match="default, paper"):
        Pipeline({}, graph="monet")
    with pytest.raises(UserError, match="auto, cpu"):
        Pipeline({}, device="abacus")


def test_parts_by_colour_and_place_may_be_asked_for(tiny, files):
    pipeline = Pipeline(tiny.sources | {"segment": "clusters", "frames": "partfade"}, device="cpu")
    lapse = pipeline(files[0], 3)
    assert lapse.process["labels"][0] == "part 1"
    assert lapse.notes == []
    assert lapse.process["weights"]["segment"] is None


def test_blocks_of_others_come_in_by_their_entry_point(monkeypatch, files):
    def offer(value):
        entry = EntryPoint(name="theirs", value=value, group="ppp.blocks")
        monkeypatch.setattr("ppp.pipeline.blocks.registry.entry_points", lambda group: [entry])

    offer("ppp.pipeline.blocks.baselines:Crossfade")
    assert "theirs" in block_names("frames")
    assert isinstance(named_block("frames", "theirs"), Crossfade)
    lapse = Pipeline({"frames": "theirs"}, device="cpu")(files[0], 3, segmentation=files[1])
    bare, half, _ = list(lapse)
    np.testing.assert_allclose(half, (bare + portrait()[0] / 255) / 2, atol=0.003)
    with pytest.raises(UserError, match="no block of that stage"):
        named_block("segment", "theirs")
    offer("ppp.pipeline.blocks.baselines:Nothing")
    with pytest.raises(UserError, match="does not load"):
        named_block("frames", "theirs")


def test_a_segmenter_with_other_classes_does_not_fit(tiny, files):
    """Named classes in another order would mean other things to the next stage: refused before anything is computed."""
    calls = []

    class Other(NoPortrait):
        outputs = (Port("labels", "labels", label_set="0123456789abcdef"),)

        def __call__(self, *, painting):
            calls.append(painting)

    with pytest.raises(UserError, match=r"parts\.labels does not fit (firstframe|frames)\.labels"):
        Pipeline(tiny.sources | {"segment": Other()}, device="cpu")(files[0], 3)
    assert calls == []


def test_the_papers_graph_runs_with_the_papers_models(tiny, files, tmp_path):
    """The real paper variants, made narrow; degrees are counted by area and the manifest says so."""
    FirstFrameModel(FirstFrameConfig(variant="paper", size=64, paper_width=4)).save_pretrained(tmp_path / "first")
    narrow = PaperConfig(size=64, width=4, blocks=1)
    PaperFramesModel(narrow).save_pretrained(tmp_path / "frames")
    sources = {"segment": tiny.sources["segment"], "firstframe": tmp_path / "first", "frames": tmp_path / "frames"}
    lapse = Pipeline(sources, graph="paper", device="cpu")(files[0], 4, plan="random", segmentation=files[1])
    assert len(list(lapse)) == 4
    assert lapse.process["degree_mode"] == "area"
    areas = Simulate()
    areas.degree_mode = "area"
    wanted = Pipeline({"frames": areas}, device="cpu")(files[0], 4, plan="random", segmentation=files[1])
    np.testing.assert_array_equal(lapse.plan.degrees, wanted.plan.degrees)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.ones((88, 70), np.uint8), "70"),
        (np.full((88, 72), 10, np.uint8), "no class"),
        (np.full((88, 72), 0.5), "no class"),
    ],
)
def test_a_label_map_that_does_not_fit_is_refused(tiny, files, labels, reason):
    with pytest.raises(UserError, match=reason):
        tiny(files[0], 3, segmentation=labels)


def test_own_parts_need_no_names(tiny, files):
    """Labels of any set may be given with it; the stages see outlines."""
    own = LabelSet(("edge", "sky", "sea"), ((0, 0, 0), (1, 1, 1), (2, 2, 2)), (-1, -1, -1))
    labels = np.ones((88, 72), np.uint8)
    labels[40:] = 2
    lapse = tiny(files[0], 4, segmentation=Parts(labels, own))
    assert lapse.process["labels"] == ["sky", "sea"]
    lapse = tiny(files[0], 3, segmentation=Parts(labels, cluster_label_set(2)))
    assert lapse.process["labels"] == ["part 1", "part 2"]


def test_further_blocks_stand_at_further_nodes(tiny, files, tmp_path):
    """A node between segment and parts; what is made with an object in memory says so and is not made up again."""

    class Halves(Block):
        inputs = outputs = (Port("labels", "labels", label_set=PORTRAIT.hash),)

        def __call__(self, *, labels):
            half = np.full_like(labels.labels, PORTRAIT.index("background"))
            half[:, half.shape[1] // 2 :] = PORTRAIT.index("hair")
            return {"labels": Parts(half, PORTRAIT)}

    wiring = {
        **DEFAULT, "name": "halves", "nodes": {**DEFAULT["nodes"], "halves": {}},
        "connections": [["segment.labels", "halves.labels"], ["halves.labels", "parts.labels"]]
        + [one for one in DEFAULT["connections"] if one != ["segment.labels", "parts.labels"]],
    }  # fmt: skip
    sources = tiny.sources | {"frames": "simulate"}
    pipeline = Pipeline(sources, graph=wiring, blocks={"halves": Halves()}, device="cpu")
    lapse = pipeline(files[0], 4, segmentation=files[1])
    assert lapse.parts.names == ["background", "hair"]
    lapse.save(tmp_path / "out")
    with pytest.raises(UserError, match="halves was an object"):
        replay(tmp_path / "out")
    with pytest.raises(UserError, match="halves"):
        pipeline.save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
    with pytest.raises(UserError, match="frames is a stage"):
        Pipeline(sources, blocks={"frames": Halves()})
    with pytest.raises(UserError, match="No block is given for: halves"):
        Pipeline(sources, graph=wiring, device="cpu")(files[0], 4)


def test_a_misspelt_port_is_an_error_that_names_the_ports(tiny, files):
    """It used to be dropped, and the first frame knew no colours."""
    wiring = deepcopy(DEFAULT)
    wiring["connections"][8] = ["painting", "firstframe.pallete"]
    with pytest.raises(UserError, match=r"has no input 'pallete'; its inputs are: labels, palette, beginning\."):
        Pipeline(tiny.sources, graph=wiring, device="cpu")(files[0], 3)


def test_a_wiring_of_older_weights_runs_whatever_is_provided(tiny, files):
    """Pairs under the key `joints`, none of them marked as optional."""
    wiring = {key: value for key, value in DEFAULT.items() if key != "connections"}
    wiring |= {"name": "older", "joints": [connection[:2] for connection in DEFAULT["connections"]]}
    older = Pipeline(tiny.sources, graph=json.loads(json.dumps(wiring)), device="cpu")
    first = np.full((88, 72, 3), 99, np.uint8)
    for options in (
        {},
        {"segmentation": files[1]},
        {"first_frame": "blank"},
        {"first_frame": first},
        {"canvas": first},
    ):
        for ours, theirs in zip(tiny(files[0], 3, **options), older(files[0], 3, **options), strict=True):
            np.testing.assert_array_equal(ours, theirs)


# ---- only what is needed


@pytest.fixture
def loaded(monkeypatch):
    """The stages that were loaded since."""
    names = []

    def load(name, *rest):
        names.append(name)
        return load_stage(name, *rest)

    monkeypatch.setattr("ppp.pipeline.pipeline.load_stage", load)
    return names


def test_segmenting_loads_the_segment_stage_alone(tiny_pipeline, files, loaded):
    parts, _ = Pipeline.from_pretrained(tiny_pipeline, device="cpu").segment(files[0])
    assert loaded == ["segment"] and parts.names


@pytest.mark.parametrize("plan", ["artist", "random"])
def test_planning_loads_neither_firstframe_nor_frames_and_makes_the_plan_of_a_run(tiny_pipeline, files, loaded, plan):
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    made, _ = pipeline.plan(files[0], 5, 3, plan, edits=[Skip("background")])
    assert loaded == ["segment"]
    lapse = pipeline(files[0], 5, 3, plan, edits=[Skip("background")])
    assert sorted(loaded) == ["firstframe", "frames", "segment"]
    assert made.to_json() == lapse.plan.to_json()
    assert pipeline.plan(files[0], 5, segmentation=files[1])[0].n_frames == 5


def test_a_plan_is_made_for_the_degrees_of_the_frames_stage_without_its_weights(tiny, files, tmp_path, loaded):
    """The mode and the degrees seen in training stand in its config."""
    rows = tuple((t / 4, *[0.0] + [0.5] * 9) for t in range(5))
    config = PaperConfig(size=64, width=4, blocks=1, degree_rows=rows)
    PaperFramesModel(config).save_pretrained(tmp_path / "frames")
    (tmp_path / "frames" / "model.safetensors").unlink()
    pipeline = Pipeline(tiny.sources | {"frames": tmp_path / "frames"}, device="cpu")
    made, _ = pipeline.plan(files[0], 4, plan="dataset", segmentation=files[1])
    areas = Simulate()
    areas.degree_mode, areas.network = "area", SimpleNamespace(config=config)
    same, _ = Pipeline({"frames": areas}, device="cpu").plan(files[0], 4, plan="dataset", segmentation=files[1])
    assert loaded == ["frames"]
    np.testing.assert_array_equal(made.degrees, same.degrees)
    with pytest.raises(UserError, match=r"no model\.safetensors"):
        pipeline(files[0], 4, segmentation=files[1])


def test_a_stage_that_was_forgotten_is_loaded_again(tiny_pipeline, files):
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    first, parts = pipeline(files[0], 4), pipeline.stage("segment")
    pipeline.forget("segment", "firstframe")
    np.testing.assert_array_equal(list(first), list(pipeline(files[0], 4)))
    assert pipeline.stage("segment") is not parts
