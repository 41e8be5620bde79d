"""A graph that is written wrongly is the user's fault: what, why, how to fix it, before anything is painted."""

import copy

import numpy as np
import pytest

from ppp.modules.io.errors import UserError
from ppp.pipeline.graph.wirings import DEFAULT, Wiring
from ppp.pipeline.pipeline import Pipeline

PAINTING = np.random.default_rng(0).random((40, 32, 3)).astype(np.float32)
SOURCES = {"segment": "clusters", "firstframe": "clusters", "frames": "simulate"}


def changed(**changes):
    return copy.deepcopy({**DEFAULT, **changes})


def without(key, name):
    return changed(**{key: {k: v for k, v in DEFAULT[key].items() if k != name}})


WRONG = {
    "no output": (without("outputs", "labels"), "labels"),
    "no first frame": (without("outputs", "x_1"), "x_1"),
    "no plan": (without("outputs", "plan"), "plan"),
    "output of another kind": (changed(outputs={**DEFAULT["outputs"], "labels": "painting"}), "picture"),
    "unknown input": (changed(inputs={**DEFAULT["inputs"], "title": {"kind": "text"}}), "title"),
    "range": (changed(inputs={**DEFAULT["inputs"], "painting": {"kind": "picture", "range": [1]}}), "range"),
    "field": (changed(inputs={**DEFAULT["inputs"], "painting": {"kind": "picture", "colour": 1}}), "colour"),
    "carry": (changed(nodes={**DEFAULT["nodes"], "frames": {"loop": {"carry": {"x": "y"}, "over": "degrees"}}}), "x_t"),
    "port": (changed(connections=[*DEFAULT["connections"], ["painting", "plan.pallete"]]), "labels"),
    "not a graph": (3, "object"),
    "empty": ({}, "missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_wiring_is_refused(name):
    wiring, said = WRONG[name]
    with pytest.raises(UserError) as caught:
        Pipeline(SOURCES, graph=wiring, device="cpu")(PAINTING, 3)
    assert said in str(caught.value) and caught.value.why


def test_an_older_wiring_runs_with_blocks_that_give_less():
    old = changed(joints=[row[:2] for row in DEFAULT["connections"]])
    del old["connections"]
    assert Wiring.from_json(old).connections == Wiring.from_json(DEFAULT).connections
    lapse = Pipeline(SOURCES, graph={**old, "name": "mine"}, device="cpu")(PAINTING, 3)  # clusters give no confidence
    assert len(list(lapse)) == 3
    bare = without("outputs", "first_strokes")
    assert len(list(Pipeline({**SOURCES, "frames": "simulate"}, graph=bare, device="cpu")(PAINTING, 3))) == 3
    old["joints"].append(["painting", "plan.pallete"])
    with pytest.raises(UserError, match="pallete"):
        Pipeline(SOURCES, graph=old, device="cpu")(PAINTING, 3)
