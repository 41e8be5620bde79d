"""Every block says what its ports are, so that a form or a node editor can be made from it."""

import inspect
import json

import pytest

from ppp.modules.labels import PORTRAIT
from ppp.pipeline.blocks.locked_parts import LockedParts
from ppp.pipeline.blocks.parts import ClustersBlock, PartsBlock
from ppp.pipeline.blocks.plan import PlanBlock
from ppp.pipeline.blocks.provided import NoFirstFrame, ProvidedFirstFrame, ProvidedLabels
from ppp.pipeline.blocks.registry import BLOCKS, named_block
from ppp.pipeline.blocks.split_parts import SplitParts
from ppp.pipeline.graph import Step, describe
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.stages import STAGES


@pytest.fixture(scope="module")
def blocks(tiny_pipeline):
    """One of every block."""
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    found = [pipeline.stage(name).block for name in STAGES]
    found += [named_block(stage, name) for stage, names in BLOCKS.items() for name in names]
    found += [PartsBlock(), PlanBlock(), ProvidedFirstFrame(None), NoFirstFrame(), SplitParts(ClustersBlock(), ())]
    return [*found, ProvidedLabels("labels.png", PORTRAIT), LockedParts(pipeline.stage("frames").block)]


def test_every_port_has_a_description_and_every_block_is_json(blocks):
    for block in blocks:
        declared = describe(block)
        assert json.loads(json.dumps(declared)) == declared
        assert declared["name"] and declared["description"] and declared["outputs"]
        for port in (*declared["inputs"], *declared["outputs"]):
            assert port["description"].endswith("."), f"{declared['name']}.{port['name']}"


def test_what_an_optional_port_stands_for_is_what_the_block_does_without_it(blocks):
    for block in blocks:
        call = inspect.signature(block.begin if isinstance(block, Step) else block.__call__)
        for port in block.inputs:
            if port.name not in call.parameters:
                continue  # the block takes what comes
            default = call.parameters[port.name].default
            assert (default is inspect.Parameter.empty) == (not port.optional), f"{type(block).__name__}.{port.name}"
            for key, value in (port.default or {}).items():
                assert getattr(default, key) == value


def test_a_form_for_the_plan():
    request = next(port for port in describe(PlanBlock())["inputs"] if port["name"] == "request")
    assert request["optional"]
    assert request["default"] == {"n_frames": 40, "seed": 0, "plan": "artist", "habit": None}
