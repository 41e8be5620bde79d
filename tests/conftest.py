"""What holds for all tests: property tests always try the same examples, however slow the machine."""

import json

import pytest
import torch
from hypothesis import settings

settings.register_profile("ppp", deadline=None, derandomize=True)
settings.load_profile("ppp")


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory):
    """A folder with a whole pipeline of the real stages, untrained and as small as they get."""
    return small_pipeline(tmp_path_factory.mktemp("tiny"))


def small_pipeline(folder):
    """What `tiny_pipeline` is, written to `folder`."""
    from ppp.modules.firstframe.config import FirstFrameConfig
    from ppp.modules.firstframe.model import FirstFrameModel
    from ppp.modules.frames.model import FramesConfig, FramesModel
    from ppp.modules.segment.config import SegmentConfig
    from ppp.modules.segment.model import SegmentModel

    torch.manual_seed(0)
    SegmentModel(SegmentConfig(decoder_channels=(16, 16, 8, 8, 8), size=64)).save_pretrained(folder / "segment")
    FirstFrameModel(FirstFrameConfig(size=64, widths=(8, 8, 8, 8), blocks=1)).save_pretrained(folder / "firstframe")
    FramesModel(FramesConfig(size=64, width=16, blocks=1)).save_pretrained(folder / "frames")
    stages = {name: name for name in ("segment", "firstframe", "frames")}
    (folder / "pipeline.json").write_text(json.dumps({"format": 1, "graph": "default", "stages": stages}))
    return folder
