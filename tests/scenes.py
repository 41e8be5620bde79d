"""Small pictures for tests of plans, painter and frames: a head on a wall, and a landscape with its things."""

from pathlib import Path

import numpy as np
from PIL import Image

from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.things import thing_label_set

HEIGHT, WIDTH = 72, 64


def head() -> tuple[np.ndarray, np.ndarray]:
    """Draw painting (72,64,3) float32 in [0,1] and labels (72,64) uint8: wall, hair, clothes, face, eyes, mouth."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    labels = np.full((HEIGHT, WIDTH), PORTRAIT.index("background"), np.uint8)
    labels[(y > 50) & (np.abs(x - 32) < 26)] = PORTRAIT.index("clothes")
    labels[((x - 32) / 17) ** 2 + ((y - 24) / 20) ** 2 < 1] = PORTRAIT.index("hair")
    labels[((x - 32) / 12) ** 2 + ((y - 30) / 16) ** 2 < 1] = PORTRAIT.index("face")
    for centre in (27, 37):
        labels[(np.abs(x - centre) < 3) & (np.abs(y - 27) < 2)] = PORTRAIT.index("eyes")
    labels[(np.abs(x - 32) < 4) & (np.abs(y - 39) < 2)] = PORTRAIT.index("mouth")
    colours = {
        "background": (0.35, 0.45, 0.5), "hair": (0.25, 0.15, 0.1), "clothes": (0.5, 0.15, 0.2),
        "face": (0.85, 0.65, 0.55), "eyes": (0.1, 0.15, 0.3), "mouth": (0.7, 0.25, 0.25),
    }  # fmt: skip
    painting = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for name, colour in colours.items():
        painting[labels == PORTRAIT.index(name)] = colour
    light = 0.12 * np.sin(x / 7) + 0.1 * (y / HEIGHT - 0.5) + np.random.default_rng(0).normal(0, 0.02, x.shape)
    return np.clip(painting + light[..., None], 0, 1).astype(np.float32), labels


def save_head(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Write the head as painting.png and labels.png into a folder, and return it as `head` does."""
    painting, labels = head()
    Image.fromarray((painting * 255).round().astype(np.uint8)).save(folder / "painting.png")
    PORTRAIT.save_png(folder / "labels.png", labels)
    return painting, labels


def landscape() -> tuple[np.ndarray, np.ndarray, LabelSet]:
    """Draw painting (72,64,3) float32 in [0,1], labels (72,64) uint8 and their set: two trees by the water."""
    things = thing_label_set(["sky", "mountain", "water", "tree", "tree"])
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    labels = np.full((HEIGHT, WIDTH), things.index("sky"), np.uint8)
    labels[y > 16 + np.abs(x - 40) / 2] = things.index("mountain")
    labels[y > 40] = things.index("water")
    labels[(np.abs(x - 48) < 7) & (np.abs(y - 36) < 10)] = things.index("tree 1")
    labels[(np.abs(x - 14) < 11) & (y > 10) & (y < 64)] = things.index("tree 2")
    colours = np.array(
        [(0, 0, 0), (0.6, 0.8, 0.95), (0.5, 0.45, 0.6), (0.2, 0.4, 0.6), (0.4, 0.5, 0.3), (0.1, 0.3, 0.1)]
    )
    light = 0.1 * np.sin(x / 9) + np.random.default_rng(0).normal(0, 0.02, x.shape)
    return np.clip(colours[labels] + light[..., None], 0, 1).astype(np.float32), labels, things


def save_landscape(folder: Path) -> tuple[np.ndarray, LabelSet]:
    """Write the landscape as painting.png and labels.png into a folder, and return its labels and their set."""
    painting, labels, things = landscape()
    Image.fromarray((painting * 255).round().astype(np.uint8)).save(folder / "painting.png")
    things.save_png(folder / "labels.png", labels)
    return labels, things
