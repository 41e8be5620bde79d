"""Depth order of touching parts: which of two is told to be nearer, seen at their common outline."""

import numpy as np

REACH = 3  # pixels to either side of an outline at which it is looked
LEAST_OUTLINE = 12  # pixels of common outline from which two parts touch

Votes = dict[tuple[int, int], float]
"""Of touching parts (i, j), i < j: above 0 where j is told to be nearer, below 0 where i is, 0 undecided."""


def outline_votes(parts: np.ndarray, plane: np.ndarray) -> Votes:
    """Compare a plane to either side of the outlines between touching parts.

    Args:
        parts: (H,W) integers; 0 is no part.
        plane: (H,W) how near each pixel is, of any scale.

    Returns:
        Median over the common outline of the plane on the side of j less that on the side of i.
    """
    found = [_differences(parts, plane), _differences(parts.T, plane.T)]
    first, second, difference = (np.concatenate(values) for values in zip(*found, strict=True))
    difference = np.where(first > second, -difference, difference)
    count = int(parts.max(initial=0)) + 1
    pairs = np.minimum(first, second) * count + np.maximum(first, second)
    kinds, starts = np.unique(np.sort(pairs), return_index=True)
    by_pair = np.split(difference[np.argsort(pairs, kind="stable")], starts[1:])
    return {
        (int(pair) // count, int(pair) % count): float(np.median(values))
        for pair, values in zip(kinds, by_pair[: len(kinds)], strict=True)
        if len(values) >= LEAST_OUTLINE
    }


def _differences(parts: np.ndarray, plane: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outlines between rows: the part above, the part below, and the plane below less above, (n,) each."""
    y, x = np.nonzero((parts[:-1] != parts[1:]) & (parts[:-1] > 0) & (parts[1:] > 0))
    above, below = parts[y, x].astype(np.int64), parts[y + 1, x].astype(np.int64)
    difference = np.zeros(len(y))
    for reach in range(REACH):  # as far from the outline as both parts go there
        up, down = y - reach, (y + 1 + reach).clip(max=len(parts) - 1)
        inside = (up >= 0) & (y + 1 + reach < len(parts)) & (parts[up, x] == above) & (parts[down, x] == below)
        difference[inside] = plane[down, x][inside].astype(np.float64) - plane[up, x][inside]
    return above, below, difference


def cue_votes(parts: np.ndarray, votes: Votes) -> dict[str, Votes]:
    """Vote on the pairs of `votes` by what needs no network: the lower centre or the smaller part is nearer."""
    area = np.bincount(parts.ravel()).astype(float)
    rows = np.broadcast_to(np.arange(len(parts))[:, None], parts.shape)
    centre = np.bincount(parts.ravel(), rows.ravel()) / np.maximum(area, 1)
    return {
        "lower centre": {(i, j): centre[j] - centre[i] for i, j in votes},
        "smaller": {(i, j): area[i] - area[j] for i, j in votes},
    }


def pairs_right(votes: Votes, nearness: np.ndarray) -> dict[tuple[int, int], float]:
    """Judge votes by the true nearness of each part (K,): 1 right, 0 wrong, 0.5 undecided; equal parts are left out."""
    truth = {pair: np.sign(nearness[pair[1]] - nearness[pair[0]]) for pair in votes}
    return {pair: float(1 + np.sign(votes[pair]) * sign) / 2 for pair, sign in truth.items() if sign}
