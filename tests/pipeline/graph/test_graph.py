"""Joints are checked before anything is computed; the loop streams; the graphs are data."""

import json
import time
import weakref
from collections import Counter
from typing import ClassVar

import numpy as np
import pytest

from ppp.modules.io.errors import PPPError, UserError
from ppp.pipeline.graph.graph import Block, Graph, Loop, Port, Step
from ppp.pipeline.graph.wirings import DEFAULT, GRAPHS, PAPER, from_canvas

PICTURE = {"kind": "picture", "channels": 3, "range": (0.0, 1.0)}


class Source(Block):
    """A block with one output, that counts its calls."""

    def __init__(self, **port):
        self.outputs = (Port("out", **(PICTURE | port)),)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"out": np.full((2, 2, 3), 0.5)}


class Sink(Block):
    """A block with one input."""

    outputs = (Port("out", **PICTURE),)

    def __init__(self, **port):
        self.inputs = (Port("in", **(PICTURE | port)),)
        self.calls = 0

    def __call__(self, **values):
        self.calls += 1
        return {"out": values.get("in")}


def two(source, sink):
    wiring = {
        "name": "two",
        "inputs": {},
        "nodes": {"a": {}, "b": {}},
        "joints": [["a.out", "b.in"]],
        "outputs": {"result": "b.out"},
    }
    return Graph(wiring, {"a": source, "b": sink})


@pytest.mark.parametrize(
    ("given", "wanted", "reason"),
    [
        ({"kind": "labels"}, {}, "Labels are not picture"),
        ({"channels": 1}, {}, "1 channels"),
        ({"range": (-1.0, 1.0)}, {}, "-1.0"),
        ({"range": (0.0, 255.0)}, {}, "Values from 0.0 to 255.0 are given"),
        ({"multiple": 8}, {"multiple": 16}, "multiples of 8"),
        ({}, {"multiple": 2}, "multiples of 1, multiples of 2 are wanted"),
        ({"kind": "labels", "label_set": "aaaa"}, {"kind": "labels", "label_set": "bbbb"}, "aaaa and bbbb"),
        ({"kind": "labels", "unnamed": True}, {"kind": "labels", "label_set": "bbbb"}, "without names"),
        ({"kind": "degrees", "degree_mode": "area"}, {"kind": "degrees", "degree_mode": "progress"}, "'area'"),
    ],
)
def test_a_joint_that_does_not_fit_is_refused_before_computing(given, wanted, reason):
    source, sink = Source(**given), Sink(**wanted)
    with pytest.raises(UserError, match=reason) as caught:
        two(source, sink)
    assert "a.out" in caught.value.what
    assert "b.in" in caught.value.what
    assert source.calls == sink.calls == 0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {}),
        ({"channels": None}, {}),
        ({"range": (0.2, 0.8)}, {}),
        ({"multiple": 32}, {"multiple": 16}),
        ({"kind": "labels", "unnamed": True}, {"kind": "labels", "unnamed": True, "label_set": "bbbb"}),
        ({"kind": "degrees"}, {"kind": "degrees", "degree_mode": "progress"}),
    ],
)
def test_a_joint_that_fits_runs(given, wanted):
    times = {}
    result = two(Source(**given), Sink(**wanted)).run({}, times)["result"]
    np.testing.assert_array_equal(result, 0.5)
    assert times.keys() == {"a", "b"}


def test_gaps_circles_and_strange_names_are_refused():
    blocks = {"a": Sink(), "b": Sink()}
    base = {"name": "x", "inputs": {}, "nodes": {"a": {}, "b": {}}, "outputs": {}}
    with pytest.raises(UserError, match=r"The graph 'x' is incomplete.\nNothing feeds a\.in"):
        Graph({**base, "joints": []}, blocks)
    with pytest.raises(UserError, match="wait for each other"):
        Graph({**base, "joints": [["a.out", "b.in"], ["b.out", "a.in"]]}, blocks)
    with pytest.raises(UserError, match=r"Nothing is called c\.out"):
        Graph({**base, "joints": [["c.out", "b.in"]]}, blocks)
    with pytest.raises(UserError, match="fed twice"):
        Graph({**base, "joints": [["a.out", "b.in"], ["a.out", "b.in"]]}, blocks)
    with pytest.raises(UserError, match="No block is given for: b"):
        Graph({**base, "joints": []}, {"a": Sink()})
    with pytest.raises(UserError, match="a is a loop, and Sink cannot be that"):
        Graph({**base, "nodes": {"a": {"loop": {"carry": {}, "over": "in"}}, "b": {}}, "joints": []}, blocks)
    with pytest.raises(UserError, match="a is no loop, and Add cannot be that"):
        Graph({**base, "joints": []}, {**blocks, "a": Add()})
    fed = {"inputs": {"p": PICTURE}, "joints": [["p", "a.in"], ["p", "b.in"]]}
    with pytest.raises(UserError, match=r"Nothing is called b\.result"):
        Graph({**base, **fed, "outputs": {"r": "b.result"}}, blocks)


def test_an_input_of_the_graph_is_checked_like_any_other_port():
    wiring = {"name": "x", "nodes": {"b": {}}, "joints": [["p", "b.in"]], "outputs": {"r": "b.out"}}
    picture = json.loads(json.dumps(PICTURE))
    assert Graph({**wiring, "inputs": {"p": picture}}, {"b": Sink()}).run({"p": 3}) == {"r": 3}
    with pytest.raises(UserError, match="p does not fit b.in"):
        Graph({**wiring, "inputs": {"p": {**picture, "range": [0, 255]}}}, {"b": Sink()})
    with pytest.raises(UserError, match="input 'p' is not declared right"):
        Graph({**wiring, "inputs": {"p": {**picture, "chanels": 3}}}, {"b": Sink()})


def test_the_seconds_of_a_node_add_up():
    class Slow(Source):
        def __call__(self):
            time.sleep(0.02)
            return super().__call__()

    graph, times = two(Slow(), Sink()), {}
    graph.run({}, times)
    once = times["a"]
    assert 0.02 <= once < 0.9 and 0 <= times["b"] < 0.9
    graph.run({}, times)
    assert times["a"] >= once + 0.02


def test_an_optional_port_may_stay_open_and_may_be_missing():
    sink = Sink(optional=True)
    wiring = {"name": "x", "inputs": {"p": {"kind": "picture"}}, "nodes": {"b": {}}, "outputs": {"r": "b.out"}}
    assert Graph({**wiring, "joints": []}, {"b": sink}).run({"p": 1})["r"] is None
    assert Graph({**wiring, "joints": [["p", "b.in"]]}, {"b": sink}).run({"p": 1})["r"] == 1
    # A replaced stage may want less than the graph offers, or give less.
    assert Graph({**wiring, "joints": [["p", "b.palette"]]}, {"b": sink}).run({"p": 1})["r"] is None
    wiring = {**wiring, "nodes": {"a": {}, "b": {}}, "joints": [["a.sureness", "b.in"]]}
    assert Graph(wiring, {"a": Source(), "b": sink}).run({"p": 1})["r"] is None


class Add(Step):
    """x_next = x_t + item * scale."""

    inputs = (Port("x_t", "number"), Port("item", "number"), Port("scale", "number"))
    outputs = (Port("x_next", "number"),)
    begun = 0

    def begin(self, *, item, scale):
        self.begun += 1
        return lambda item, x_t: {"x_next": x_t + item * scale}


def test_the_loop_feeds_its_output_back():
    step = Add()
    loop = Loop(step, carry={"x_next": "x_t"}, over="item")
    assert [p.kind for p in loop.inputs] == ["number", "series of number", "number"]
    assert loop.outputs[0].kind == "series of number"
    stream = loop(x_t=1, item=[1, 2, 3], scale=10)["x_next"]
    assert step.begun == 0, "nothing is computed before the stream is read"
    assert list(stream) == [11, 31, 61]
    assert list(stream) == [11, 31, 61], "a second reading starts again"
    assert step.begun == 2


@pytest.mark.parametrize("kind", [Block, Step])
def test_a_block_that_does_nothing_cannot_be_made(kind):
    with pytest.raises(TypeError, match="abstract"):
        type("Empty", (kind,), {})()


class Paint(Step):
    inputs = (Port("x_t", "picture"), Port("item", "number"))
    outputs = (Port("x_next", "picture"),)
    alive: ClassVar[weakref.WeakSet] = weakref.WeakSet()

    def begin(self, *, item):
        class Canvas:
            pass

        def step(item, x_t):
            canvas = Canvas()
            self.alive.add(canvas)
            return {"x_next": canvas}

        return step


def test_the_loop_holds_no_more_than_the_frames_of_one_step():
    stream = Loop(Paint(), carry={"x_next": "x_t"}, over="item")(x_t=None, item=range(50))["x_next"]
    most = 0
    for frame in stream:
        most = max(most, len(Paint.alive))
        del frame
    assert most <= 2


def test_a_loop_that_cannot_carry_is_refused():
    class Odd(Add):
        outputs = (Port("x_next", "picture"),)

    with pytest.raises(UserError, match="cannot carry x_next to x_t"):
        Loop(Odd(), carry={"x_next": "x_t"}, over="item")


@pytest.mark.parametrize(
    ("carry", "over"),
    [
        ({"x_next": "x_t"}, "steps"),  # no such input
        ({"x_then": "x_t"}, "item"),  # no such output
        ({"x_next": "x_s"}, "item"),
        ({"x_next": "item"}, "item"),  # fed by the series already
    ],
)
def test_a_loop_over_or_carrying_what_is_not_there_is_refused(carry, over):
    with pytest.raises(PPPError, match="Add cannot be looped"):
        Loop(Add(), carry=carry, over=over)


def test_the_papers_graph_is_figure_9():
    """Figure 9: who feeds whom among the three stages, and nothing else reaches them but degrees and z."""
    figure = {
        ("painting", "segment.painting"),
        ("segment.labels", "firstframe.labels"),
        ("firstframe.x_1", "frames.x_t"),
        ("painting", "frames.x_T"),
        ("segment.labels", "frames.labels"),
        ("plan.degrees", "frames.degrees"),
        ("noise", "frames.z"),
    }
    stages = ("segment.", "firstframe.", "frames.")
    assert {tuple(joint) for joint in PAPER["joints"] if joint[1].startswith(stages)} == figure
    assert PAPER["nodes"]["frames"]["loop"] == {"carry": {"x_next": "x_t"}, "over": "degrees"}
    assert PAPER["outputs"]["frames"] == "frames.x_next"
    assert set(PAPER["nodes"]) == {"segment", "firstframe", "frames", "plan"}


def test_the_default_graph_adds_parts_palette_and_beginning():
    added = {tuple(j) for j in DEFAULT["joints"]} - {tuple(j) for j in PAPER["joints"]}
    assert ("painting", "firstframe.palette") in added
    assert ("plan.beginning", "firstframe.beginning") in added
    assert ("segment.labels", "parts.labels") in added


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_are_json_and_feed_no_port_twice(name):
    wiring = GRAPHS[name]
    assert json.loads(json.dumps(wiring)) == wiring
    assert max(Counter(target for _, target in wiring["joints"]).values()) == 1
    bare = from_canvas(wiring)
    assert "firstframe" not in json.dumps({k: v for k, v in bare.items() if k != "name"})
    assert ["plan.canvas", "frames.x_t"] in bare["joints"]
