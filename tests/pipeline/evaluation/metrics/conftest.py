"""A scene, its plan, and four processes of it that figures have to tell apart."""

import cv2
import numpy as np
import pytest

from ppp.modules.data.synthetic.painter import simulate
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.pipeline.blocks.baselines import Crossfade, Partfade
from ppp.pipeline.port_values import Noise, Parts, PlanSteps

N = 40


@pytest.fixture(scope="session")
def scene():
    """A painted head on a green ground, 96x80, with brush texture, and its label map."""
    h, w = 96, 80
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    labels = np.full((h, w), PORTRAIT.index("background"), np.uint8)
    labels[(((x - 40) / 34) ** 2 + ((y - 95) / 34) ** 2) < 1] = PORTRAIT.index("clothes")
    labels[(((x - 40) / 24) ** 2 + ((y - 42) / 30) ** 2) < 1] = PORTRAIT.index("hair")
    labels[(((x - 40) / 16) ** 2 + ((y - 46) / 22) ** 2) < 1] = PORTRAIT.index("face")
    colours = {"background": (0.3, 0.4, 0.3), "clothes": (0.5, 0.15, 0.15), "hair": (0.2, 0.12, 0.08)}
    painting = np.zeros((h, w, 3), np.float32)
    for name, colour in (colours | {"face": (0.85, 0.65, 0.5)}).items():
        painting[labels == PORTRAIT.index(name)] = colour
    grain = cv2.GaussianBlur(rng.normal(0, 1, (h, w, 3)).astype(np.float32), (0, 0), 2)
    light = 0.25 * np.sin(x / 17)[..., None] * np.cos(y / 23)[..., None]
    return np.clip(painting + 0.35 * grain + 0.3 * light * painting, 0, 1).astype(np.float32), labels


@pytest.fixture(scope="session")
def plan(scene):
    return make_plan("artist", *scene, PORTRAIT, N, 3, habit="objects")


@pytest.fixture(scope="session")
def processes(scene, plan):
    """The simulated painter, a cross-fade from white, partfade and the painter's frames in another order."""
    painting, labels = scene
    painted = np.stack(list(simulate(painting, labels, PORTRAIT, N, 3, plan)))

    def whole(block, canvas):
        step = block.begin(x_T=painting, labels=Parts(labels, PORTRAIT), degrees=PlanSteps(plan, 1), z=Noise(0, ""))
        frames = [canvas]
        for one in PlanSteps(plan, 1):
            frames.append(step(x_t=frames[-1], degrees=one)["x_next"])
        return np.stack(frames)

    shuffled = painted.copy()
    shuffled[1:-1] = painted[1:-1][np.random.default_rng(0).permutation(N - 2)]
    return {
        "simulate": painted,
        "crossfade": whole(Crossfade(), np.ones_like(painting)),
        "partfade": whole(Partfade(), painted[0]),
        "shuffled": shuffled,
    }
