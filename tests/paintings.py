"""Jobs and frames for tests of what is written."""

import numpy as np

from ppp.modules.labels import PORTRAIT
from ppp.pipeline.port_values import Parts
from ppp.pipeline.provenance import metadata
from ppp.pipeline.writers import WriteJob

TEXT = metadata("0123456789abcdef" * 4)


def job(folder, size=(64, 48), n_frames=5, **more):
    """A job of a picture whose upper half is background and whose lower half is a face."""
    labels = np.full((size[1], size[0]), 1, np.uint8)
    labels[size[1] // 2 :] = PORTRAIT.index("face")
    asked = np.random.default_rng(0).random((n_frames - 1, len(PORTRAIT))).astype(np.float32)
    return WriteJob(folder, "somebody.jpg", size, n_frames, Parts(labels, PORTRAIT), asked, TEXT, **more)


def frames(size, n_frames):
    """Smooth pictures, each of another colour: what a video codec keeps."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    ramp = (60 * x / size[0] + 60 * y / size[1])[..., None]
    colours = np.random.default_rng(1).integers(0, 130, (n_frames, 3))
    return [(ramp + colour).astype(np.uint8) for colour in colours]


def write(kind, work, pictures):
    """What a writer says after all pictures."""
    writer = kind(work)
    for index, picture in enumerate(pictures):
        writer.add(index, picture, None)
    return writer.close()
