"""Connections are checked before anything is computed; the loop streams; the graphs are data, whole or in part."""

import json
import time
import weakref
from collections import Counter
from typing import ClassVar

import numpy as np
import pytest

from ppp.modules.io.errors import PPPError, UserError
from ppp.pipeline.graph import Block, Graph, Loop, Port, Step
from ppp.pipeline.graph.wirings import DEFAULT, GRAPHS, PAPER, Wiring

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
        "connections": [["a.out", "b.in"]],
        "outputs": {"result": "b.out"},
    }
    return Graph(wiring, {"a": source, "b": sink})


@pytest.mark.parametrize(
    ("given", "wanted", "reason"),
    [
        ({"kind": "labels"}, {}, "gives labels, and picture is expected"),
        ({"channels": 1}, {}, "1 channels"),
        ({"range": (-1.0, 1.0)}, {}, "-1.0"),
        ({"range": (0.0, 255.0)}, {}, "gives values from 0.0 to 255.0"),
        ({"multiple": 8}, {"multiple": 16}, "multiples of 8"),
        ({}, {"multiple": 2}, "multiples of 1, and of 2 are expected"),
        ({"kind": "labels", "label_set": "aaaa"}, {"kind": "labels", "label_set": "bbbb"}, "aaaa and bbbb"),
        ({"kind": "labels", "unnamed": True}, {"kind": "labels", "label_set": "bbbb"}, "without names"),
        ({"kind": "degrees", "degree_mode": "area"}, {"kind": "degrees", "degree_mode": "progress"}, "'area'"),
    ],
)
def test_a_connection_that_does_not_fit_is_refused_before_computing(given, wanted, reason):
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
def test_a_connection_that_fits_runs(given, wanted):
    times = {}
    result = two(Source(**given), Sink(**wanted)).run({}, times=times)["result"]
    np.testing.assert_array_equal(result, 0.5)
    assert times.keys() == {"a", "b"}


def test_gaps_circles_and_strange_names_are_refused():
    blocks = {"a": Sink(), "b": Sink()}
    base = {"name": "x", "inputs": {}, "nodes": {"a": {}, "b": {}}, "outputs": {}}
    with pytest.raises(UserError, match=r"The graph 'x' is incomplete.\nNothing feeds a\.in"):
        Graph({**base, "connections": []}, blocks)
    with pytest.raises(UserError, match="wait for each other"):
        Graph({**base, "connections": [["a.out", "b.in"], ["b.out", "a.in"]]}, blocks)
    with pytest.raises(UserError, match=r"Nothing is called c\.out"):
        Graph({**base, "connections": [["c.out", "b.in"]]}, blocks)
    with pytest.raises(UserError, match="fed twice"):
        Graph({**base, "connections": [["a.out", "b.in"], ["a.out", "b.in"]]}, blocks)
    with pytest.raises(UserError, match=r"Nothing is called q\.\nIts nodes are: a, b; its inputs: none"):
        Graph({**base, "connections": [["q", "b.in"]]}, blocks)
    with pytest.raises(UserError, match=r"Nothing is called b\."):
        Graph({**base, "connections": [["a.out", "b"]]}, blocks)
    with pytest.raises(UserError, match=r"is no connection\.\nWrite"):
        Graph({**base, "connections": [["a.out", "b.in", "maybe"]]}, blocks)
    with pytest.raises(UserError, match="No block is given for: b"):
        Graph({**base, "connections": []}, {"a": Sink()})
    with pytest.raises(UserError, match="a is a loop, and Sink cannot be that"):
        Graph({**base, "nodes": {"a": {"loop": {"carry": {}, "over": "in"}}, "b": {}}, "connections": []}, blocks)
    with pytest.raises(UserError, match="a is no loop, and Add cannot be that"):
        Graph({**base, "connections": []}, {**blocks, "a": Add()})
    fed = {"inputs": {"p": PICTURE}, "connections": [["p", "a.in"], ["p", "b.in"]]}
    with pytest.raises(UserError, match=r"b \(Sink\) has no output 'result'; its outputs are: out"):
        Graph({**base, **fed, "outputs": {"r": "b.result"}}, blocks)


def test_an_input_of_the_graph_is_checked_like_any_other_port():
    wiring = {"name": "x", "nodes": {"b": {}}, "connections": [["p", "b.in"]], "outputs": {"r": "b.out"}}
    picture = json.loads(json.dumps(PICTURE))
    assert Graph({**wiring, "inputs": {"p": picture}}, {"b": Sink()}).run({"p": 3}) == {"r": 3}
    with pytest.raises(UserError, match="p does not fit b.in"):
        Graph({**wiring, "inputs": {"p": {**picture, "range": [0, 255]}}}, {"b": Sink()})
    with pytest.raises(UserError, match="input 'p' is not declared correctly"):
        Graph({**wiring, "inputs": {"p": {**picture, "chanels": 3}}}, {"b": Sink()})


def test_the_seconds_of_a_node_add_up():
    class Slow(Source):
        def __call__(self):
            time.sleep(0.02)
            return super().__call__()

    graph, times = two(Slow(), Sink()), {}
    graph.run({}, times=times)
    once = times["a"]
    assert 0.02 <= once < 0.9 and 0 <= times["b"] < 0.9
    graph.run({}, times=times)
    assert times["a"] >= once + 0.02


def one(*connections):
    """A wiring of one node `b` that a picture can feed."""
    inputs, outputs = {"p": {"kind": "picture"}}, {"r": "b.out"}
    return {"name": "x", "inputs": inputs, "nodes": {"b": {}}, "outputs": outputs, "connections": list(connections)}


def test_an_optional_port_may_stay_open():
    sink = Sink(optional=True)
    assert Graph(one(), {"b": sink}).run({"p": 1})["r"] is None
    assert Graph(one(["p", "b.in"]), {"b": sink}).run({"p": 1})["r"] == 1


def test_a_connection_to_a_port_that_does_not_exist_is_an_error_that_names_the_ports():
    sink = Sink(optional=True)
    with pytest.raises(UserError, match=r"b \(Sink\) has no input 'pallete'; its inputs are: in\."):
        Graph(one(["p", "b.pallete"]), {"b": sink})
    wiring = one(["a.sureness", "b.in"])
    wiring["nodes"]["a"] = {}
    with pytest.raises(UserError, match=r"a \(Source\) has no output 'sureness'; its outputs are: out\."):
        Graph(wiring, {"a": Source(), "b": sink})


def test_a_replaced_block_may_lack_a_port_where_the_wiring_says_so():
    sink = Sink(optional=True)
    assert Graph(one(["p", "b.palette", "optional"]), {"b": sink}).run({"p": 1})["r"] is None
    wiring = one(["a.sureness", "b.in", "optional"])
    wiring["nodes"]["a"] = {}
    assert Graph(wiring, {"a": Source(), "b": sink}).run({"p": 1})["r"] is None
    with pytest.raises(UserError, match=r"Nothing feeds b\.in"):
        Graph(wiring, {"a": Source(), "b": Sink()})


def test_a_wiring_from_before_connections_had_that_name_is_read():
    wiring = one(["p", "b.in"])
    wiring["joints"] = wiring.pop("connections")
    assert Graph(wiring, {"b": Sink()}).run({"p": 1})["r"] == 1
    with pytest.raises(UserError, match="its inputs are: in"):
        Graph(wiring | {"joints": [["p", "b.pallete"]]}, {"b": Sink(optional=True)})


def three():
    """Two sources, `a` of which feeds `b`, and `c`, which feeds nothing; the graph's input feeds `d`."""
    wiring = {
        "name": "three",
        "inputs": {"p": PICTURE},
        "nodes": {"a": {}, "b": {}, "c": {}, "d": {}},
        "connections": [["a.out", "b.in"], ["p", "d.in"]],
        "outputs": {"first": "a.out", "result": "b.out", "c": "c.out", "picture": "d.out"},
    }
    return wiring, {"a": Source(), "b": Sink(), "c": Source(), "d": Sink()}


@pytest.mark.parametrize(
    ("until", "outputs", "run"),
    [
        (None, {"first", "result", "c", "picture"}, "abcd"),
        ("result", {"first", "result"}, "ab"),
        ("b", {"first", "result"}, "ab"),
        ("first", {"first"}, "a"),
        ("c", {"c"}, "c"),
        ("picture", {"picture"}, "d"),
    ],
)
def test_a_graph_runs_up_to_an_output_or_a_node(until, outputs, run):
    wiring, blocks = three()
    begun = []
    inputs = {"p": 1} if "d" in run else {}
    found = Graph(wiring, blocks).run(inputs, until=until, on_node=begun.append)
    assert found.keys() == outputs and set(begun) == set(run)
    assert {name for name, block in blocks.items() if block.calls} == set(run)
    if until is not None:  # the part alone needs the blocks of its own nodes and no others
        part = Wiring.from_json(wiring).until(until)
        assert set(part.nodes) == set(run)
        assert Graph(part, {name: blocks[name] for name in run}).run(inputs).keys() == outputs


def test_a_graph_cannot_run_up_to_what_it_does_not_have():
    with pytest.raises(PPPError, match="until 'q'.\nIt has: first, result, c, picture, a, b, d"):
        Graph(*three()).run({}, until="q")


def test_sentences_that_nodes_give_are_collected():
    class Talks(Source):
        def __call__(self):
            return super().__call__() | {"notes": ("It rains.",)}

    notes = ["Before."]
    two(Talks(), Sink()).run({}, notes=notes)
    assert notes == ["Before.", "It rains."]


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
    assert list(stream.records()) == [{"x_next": 11}, {"x_next": 31}, {"x_next": 61}] and stream.ports == ("x_next",)


@pytest.mark.parametrize("kind", [Block, Step])
def test_a_block_that_does_nothing_cannot_be_made(kind):
    with pytest.raises(TypeError, match="abstract"):
        type("Empty", (kind,), {})()


def test_an_optional_output_is_left_out_where_no_block_gives_it():
    def wiring(optional):
        outputs = {"result": "a.out", "more": ["a.extra", "optional"] if optional else "a.extra"}
        return {"name": "one", "inputs": {}, "nodes": {"a": {}}, "connections": [], "outputs": outputs}

    assert set(Graph(wiring(True), {"a": Source()}).run({})) == {"result"}
    with pytest.raises(UserError, match="has no output 'extra'"):
        Graph(wiring(False), {"a": Source()})
    declared = Source()
    declared.outputs = (*declared.outputs, Port("extra", "strokes", optional=True))
    assert set(Graph(wiring(True), {"a": declared}).run({})) == {"result"}, "declared, and not given this time"
    with pytest.raises(UserError, match="is no output"):
        Graph({**wiring(True), "outputs": {"more": ["a.extra", "perhaps"]}}, {"a": Source()})


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
    connections = Wiring.from_json(PAPER).connections
    assert {(c.source, c.target) for c in connections if c.target.startswith(stages)} == figure
    assert PAPER["nodes"]["frames"]["loop"] == {"carry": {"x_next": "x_t"}, "over": "degrees"}
    assert PAPER["outputs"]["frames"] == "frames.x_next"
    assert set(PAPER["nodes"]) == {"segment", "firstframe", "frames", "plan"}


def test_the_default_graph_adds_parts_palette_and_beginning():
    default, paper = (
        {(c.source, c.target): c.optional for c in Wiring.from_json(graph).connections} for graph in (DEFAULT, PAPER)
    )
    added = {pair: optional for pair, optional in default.items() if pair not in paper}
    assert ("segment.labels", "parts.labels") in added
    assert {pair for pair, optional in added.items() if optional} == {
        ("segment.confidence", "parts.confidence"), ("segment.scene", "parts.scene"),
        ("painting", "firstframe.palette"),
        ("plan.beginning", "firstframe.beginning"), ("plan.beginning", "frames.beginning"),
    }, "what a replaced stage may lack"  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_are_json_and_feed_no_port_twice(name):
    graph = GRAPHS[name]
    assert json.loads(json.dumps(graph)) == graph
    assert max(Counter(connection[1] for connection in graph["connections"]).values()) == 1


@pytest.mark.parametrize("name", GRAPHS)
def test_segmenting_and_planning_need_neither_firstframe_nor_frames(name):
    wiring = Wiring.from_json(GRAPHS[name])
    assert set(wiring.until("labels").nodes) == set(wiring.nodes) & {"segment", "parts"}
    assert set(wiring.until("labels").inputs) == {"painting"}
    assert set(wiring.until("plan").nodes) == set(wiring.nodes) & {"segment", "parts", "plan"}
