"""What is painted on: the grain of paper and the weave of canvas, the same at every size."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

TILE = 512  # texels of a tile of grain
TILE_SHARE = 0.25  # of the longest side that a tile covers
SURFACES = ("canvas", "paper", "smooth")
THREADS = 50  # of the canvas in a tile, each way
SHADE = {"canvas": 0.05, "paper": 0.025, "smooth": 0.0}  # how much of its grain the bare surface shows


@lru_cache(maxsize=4)
def _tile(surface: str) -> np.ndarray:
    """Draw heights (TILE,TILE) float32 in [0,1], evenly spread, that repeat without a seam."""
    rng = np.random.default_rng([97, SURFACES.index(surface)])

    def bumps(texels: float) -> np.ndarray:
        rough = np.pad(rng.normal(size=(TILE, TILE)).astype(np.float32), 64, mode="wrap")
        soft = cv2.GaussianBlur(rough, (0, 0), texels / 2.5)[64:-64, 64:-64]
        return soft / soft.std()

    if surface == "smooth":
        return np.full((TILE, TILE), 0.5, np.float32)
    if surface == "canvas":
        y, x = np.mgrid[:TILE, :TILE].astype(np.float32) * np.float32(2 * np.pi * THREADS / TILE)
        wobble = 0.35 * bumps(20)
        over = np.sign(np.sin(x + 0.3) * np.sin(y + 0.3))
        height = np.abs(np.sin(x + wobble)) * (1 + 0.25 * over) + np.abs(np.sin(y + wobble)) * (1 - 0.25 * over)
        height = height + 0.35 * bumps(3)
    else:
        height = 0.9 * bumps(1.8) + 0.6 * bumps(3.6) + 0.25 * bumps(9)
    ranks = np.empty(TILE * TILE, np.float32)
    ranks[np.argsort(height, axis=None, kind="stable")] = np.linspace(0, 1, TILE * TILE, dtype=np.float32)
    return ranks.reshape(TILE, TILE)


@lru_cache(maxsize=64)
def _level(surface: str, longest: int) -> tuple[np.ndarray, float, float]:
    """Return the tile for a size: uint8 with a border of 1 that repeats, texels per pixel, and what its means hide.

    What they hide is the standard deviation of the heights inside a texel.
    """
    per_pixel = TILE / TILE_SHARE / longest
    full = tile = _tile(surface)
    while per_pixel > 1.4 and tile.shape[0] > 1:
        tile, per_pixel = tile.reshape(tile.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)), per_pixel / 2
    hidden = round(float(np.sqrt(max(0.0, full.var() - tile.var()))), 3)
    return cv2.copyMakeBorder(np.rint(tile * 255).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_WRAP), per_pixel, hidden


def grain(surface: str, longest: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return the heights (h,w) uint8 of a surface in a box (top, bottom, left, right) of a picture `longest` long."""
    top, bottom, left, right = box
    tile, per_pixel, _ = _level(surface, longest)
    period = tile.shape[0] - 2
    x = ((np.arange(left, right, dtype=np.float32) + 0.5) * per_pixel) % period + 0.5
    y = ((np.arange(top, bottom, dtype=np.float32) + 0.5) * per_pixel) % period + 0.5
    # The places of a column are the same in all rows: columns first, then rows.
    rows = np.arange(period + 2, dtype=np.float32)[:, None]
    across = cv2.remap(tile, np.tile(x, (period + 2, 1)), np.repeat(rows, len(x), axis=1), cv2.INTER_LINEAR)
    first = np.minimum(y.astype(int), period)
    share = (y - first)[:, None].astype(np.float32)
    heights: np.ndarray = across[first] * (1 - share) + across[first + 1] * share
    return np.rint(heights).astype(np.uint8)


def bare_ground(surface: str, tone: np.ndarray | tuple[float, float, float], height: int, width: int) -> np.ndarray:
    """Make the bare surface in a tone, (height,width,3) float32 in [0,1]: what frame 0 shows."""
    heights = grain(surface, max(height, width), (0, height, 0, width)).astype(np.float32) / 255 - 0.5
    shaded = np.asarray(tone, np.float32) * (1 + SHADE[surface] * heights[..., None])
    return np.clip(shaded, 0, 1, dtype=np.float32)


@lru_cache(maxsize=256)
def _response(depth: float, hidden: float) -> np.ndarray:
    """Tabulate the paint (256,) uint8 that stays, by how far it stands over the surface, from -depth to 1 + depth."""
    over = np.linspace(-depth, 1 + depth, 256)[:, None]
    unseen = np.linspace(-1, 1, 65) * np.sqrt(3) * hidden * depth
    return np.rint(np.clip(over + unseen, 0, 1).mean(axis=1) * 255).astype(np.uint8)


def catch_paint(amount: np.ndarray, heights: np.ndarray, depth: float, surface: str, longest: int) -> np.ndarray:
    """Find how much paint (h,w) uint8 a surface takes: thin paint stays on its heights only.

    Args:
        amount: (h,w) uint8, of the brush.
        heights: (h,w) uint8, of `grain`.
        depth: of the hollows that paint must fill, in full amounts of paint.
        surface: one of `SURFACES`.
        longest: longest side of the picture in pixels: where that hides the grain its mean is taken, so that all sizes
            look alike.
    """
    whole = 1 + 2 * depth
    over = cv2.addWeighted(amount, (1 + depth) / whole, heights, -depth / whole, 255 * depth / whole)
    stays = cv2.LUT(over, _response(depth, _level(surface, longest)[2]))
    # However deep the hollows are, no more stays than was there.
    return np.minimum(stays, cv2.convertScaleAbs(amount, alpha=1 + depth))


def press_line(
    amount: np.ndarray, pressure: float, heights: np.ndarray, depth: float, surface: str, longest: int
) -> np.ndarray:
    """Find how much of a line (h,w) uint8 that is drawn with a pressure in [0,1] a surface takes; as `catch_paint`."""
    over = (pressure * (1 + depth) - depth * np.arange(256) / 255 + depth) / (1 + 2 * depth)
    table = _response(depth, _level(surface, longest)[2])[np.rint(np.clip(over, 0, 1) * 255).astype(int)]
    return cv2.multiply(amount, cv2.LUT(heights, table), scale=1 / 255)
