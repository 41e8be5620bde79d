"""Regions of a picture on the way to things: what each shows, what it touches, and the rules by which they join.

A painter's rules: the sky is one, on both sides of a tree, too; a hill in two tones is one hill unless a ridge stands
before the other; a far figure belongs to the field it stands on; what is mirrored in water is water.
"""

from dataclasses import dataclass

import numpy as np

from ..things import SCENE_CLASSES
from .clusters import contacts

_AT = {name: i for i, name in enumerate(SCENE_CLASSES)}
_WHOLE = ("sky", "water")
SURFACES = ("sky", "mountain", "water", "ground", "grass", "wall")  # what other things stand in front of
FIGURES = ("person", "animal", "vehicle", "building")  # the eye looks for these: small ones are still things
_MIRRORED = ("sky", "mountain", "tree", "building")  # what water shows upside down

_BY_COLOUR = {
    "person": 0.3,
    "animal": 0.4,
    "vehicle": 0.4,
    "building": 0.4,
    "furniture": 0.6,
    "grass": 0.6,
    "ground": 0.6,
}

# Differences up to which regions of one class are one thing: colour (Delta E), depth.
_ALIKE_COLOUR, _ALIKE_DEPTH = 20.0, 0.14
_VERY_ALIKE = 0.5  # of that
_CONFUSED = 0.72  # common part of two regions' class probabilities from which on their names say nothing
_BROAD = 0.05  # share of the picture from which a region may be a thing for that
_GAP = 0.1  # things that do not touch are one when no further apart than this share of the longest side
FILLS, FILLS_PLAIN = 0.7, 0.9  # share of the picture from which a class is divided; of those that may well be plain
_PIECES = 6  # into how many


@dataclass(frozen=True)
class Rules:
    """How large and how many things a picture may have."""

    least: float = 0.016  # share of the picture under which a region is no thing of its own
    least_figure: float = 0.006  # the same of people, animals, vehicles and buildings
    fewest: int = 4  # where there are no more, only what is very much alike joins
    most: int = 12
    whole: tuple[str, ...] = _WHOLE  # classes that are one thing wherever they show, unless they fill the picture


@dataclass
class Regions:
    """Regions 0..k-1 of a picture; one that was joined to another has size 0.

    Attributes:
        owner: (k,) the region that each was joined to, or itself.
        size: (k,) pixels.
        scene, colour, depth: (k, 15), (k, 3) and (k,) sums over the pixels away from outlines, and their weight (k,).
        touch: (k, k) length of the outline that two share; above: (k, k) of that, where the first lies on the second.
        box: (k, 4) top, bottom, left, right.
    """

    shape: tuple[int, int]
    owner: np.ndarray
    size: np.ndarray
    weight: np.ndarray
    scene: np.ndarray
    colour: np.ndarray
    depth: np.ndarray
    touch: np.ndarray
    above: np.ndarray
    box: np.ndarray

    @classmethod
    def measure(
        cls, parts: np.ndarray, scene: np.ndarray, lab: np.ndarray, depth: np.ndarray, edges: np.ndarray
    ) -> "Regions":
        """Measure regions (h,w) of a picture with class probabilities (15,h,w), Lab (h,w,3), depth and edges (h,w)."""
        k = int(parts.max()) + 1
        inner = 1.0 / (0.05 + (edges / (np.median(edges) + 1e-6)) ** 2)  # outlines have something of both sides

        def total(values: np.ndarray) -> np.ndarray:
            return np.bincount(parts.ravel(), (values * inner).ravel(), k)

        above = np.zeros((k, k))
        np.add.at(above, (parts[:-1].ravel(), parts[1:].ravel()), 1.0)
        np.fill_diagonal(above, 0)
        grid: np.ndarray = np.indices(parts.shape)
        box = np.array([[f(axis[parts == i]) for axis in grid for f in (np.min, np.max)] for i in range(k)])
        return cls(
            (parts.shape[0], parts.shape[1]),
            np.arange(k),
            np.bincount(parts.ravel(), minlength=k).astype(np.float64),
            total(np.ones(parts.shape)),
            np.stack([total(plane) for plane in scene], 1),
            np.stack([total(plane) for plane in np.moveaxis(lab, 2, 0)], 1),
            total(depth),
            contacts(parts, edges, k)[0],
            above,
            box,
        )

    @property
    def alive(self) -> list[int]:
        return np.flatnonzero(self.size > 0).tolist()

    @property
    def shares(self) -> np.ndarray:
        """(k,) of the picture."""
        return self.size / (self.shape[0] * self.shape[1])

    @property
    def bulk(self) -> np.ndarray:
        """(k,) shares of the picture, less for what is thin: an outline's length eats its area."""
        thick = self.size / np.maximum(self.touch.sum(1), 1)
        return np.minimum(self.shares, 50 * thick**2 / (self.shape[0] * self.shape[1]))

    def kind(self, i: int) -> str:
        """Return the class that region i shows most likely."""
        return SCENE_CLASSES[int(self.scene[i].argmax())]

    def sure(self, i: int) -> float:
        """Return the mean probability of the class that region i shows most likely."""
        return float(self.scene[i].max() / max(float(self.scene[i].sum()), 1e-9))

    def join(self, i: int, j: int) -> None:
        """Join region j to region i."""
        for sums in (self.size, self.weight, self.scene, self.colour, self.depth):
            sums[i] += sums[j]
            sums[j] = 0
        for table in (self.touch, self.above):
            table[i] += table[j]
            table[:, i] += table[:, j]
            table[j], table[:, j], table[i, i] = 0, 0, 0
        self.box[i] = [pick(self.box[i, c], self.box[j, c]) for c, pick in enumerate((min, max, min, max))]
        self.owner[self.owner == j] = i

    def rename(self, i: int, kind: str) -> None:
        """Make `kind` the likeliest class of region i."""
        best = int(self.scene[i].argmax())
        self.scene[i, [best, _AT[kind]]] = self.scene[i, [_AT[kind], best]]

    def apart(self, i: int, j: int) -> float:
        """Tell how different two regions are in colour and depth: from 1 on they are two things.

        Colour counts as it does for the class of i: a coat and its trousers are one person.
        """
        colour = self.colour[i] / self.weight[i] - self.colour[j] / self.weight[j]
        depth = self.depth[i] / self.weight[i] - self.depth[j] / self.weight[j]
        # Light counts less than hue: one thing has a lit and a shaded side.
        difference = _BY_COLOUR.get(self.kind(i), 1.0) * np.linalg.norm(colour * (0.7, 1.1, 1.1)) / _ALIKE_COLOUR
        return float(np.hypot(difference, (0.5 if self.kind(i) in FIGURES else 1.0) * depth / _ALIKE_DEPTH))

    def confused(self, i: int, j: int) -> bool:
        """Whether the network cannot tell the classes of two regions that touch from each other."""
        likely = [self.scene[k] / max(float(self.scene[k].sum()), 1e-9) for k in (i, j)]
        return bool(self.touch[i, j] > 0 and np.minimum(*likely).sum() > _CONFUSED)

    def gap(self, i: int, j: int) -> float:
        """Measure how far apart the boxes of two regions are, as a share of the longest side."""
        (t, b, lt, r), (t2, b2, lt2, r2) = self.box[i], self.box[j]
        return float(np.hypot(max(t - b2, t2 - b, 0), max(lt - r2, lt2 - r, 0)) / max(self.shape))


def name_reflections(regions: Regions) -> None:
    """Rename what is mirrored in water to water: it lies in it, and nothing of its kind lies on top of it."""
    for i in regions.alive:
        if regions.kind(i) not in _MIRRORED:
            continue
        water = [j for j in regions.alive if regions.kind(j) == "water"]
        around = regions.touch[i].sum()
        over = regions.above[:, i]  # what lies directly above it
        in_water = regions.touch[i, water].sum() / max(around, 1)
        beneath = regions.above[i, water].sum() / max(regions.above[i].sum(), 1)
        sky_above = sum(over[j] for j in regions.alive if regions.kind(j) == "sky") / max(over.sum(), 1)
        from_top = regions.box[i, 0] <= 0.02 * regions.shape[0]
        drowned = regions.kind(i) == "sky" and over[water].sum() > 0.5 * max(over.sum(), 1)
        if not from_top and (drowned or (in_water > 0.55 and beneath > 0.6 and sky_above < 0.2)):
            regions.rename(i, "water")


def filling_kind(regions: Regions) -> str | None:
    """Return the class that fills the picture, as foliage may: it is divided by colour and depth."""
    shares = dict.fromkeys(SCENE_CLASSES, 0.0)
    for i in regions.alive:
        shares[regions.kind(i)] += float(regions.shares[i])
    kind = max(shares, key=lambda name: shares[name])
    filled = shares[kind] / max(float(regions.shares.sum()), 1e-9)
    return kind if filled > (FILLS_PLAIN if kind in (*_WHOLE, "wall") else FILLS) else None


def join_regions(regions: Regions, rules: Rules) -> None:
    """Join regions until each is a thing."""
    name_reflections(regions)
    filling = filling_kind(regions) if rules.fewest > 1 else None
    join_alike(regions, rules, filling)
    group_small(regions, rules)
    join_alike(regions, rules, filling)
    join_until(regions, rules.most)


def join_alike(regions: Regions, rules: Rules, filling: str | None = None) -> None:
    """Join regions of one class that are one thing, the likest first; of a class that fills the picture, to a few.

    So with those whose classes the network confuses.
    """
    while True:
        pairs = [
            (_difference(regions, i, j, rules, filling), i, j)
            for n, i in enumerate(regions.alive)
            for j in regions.alive[n + 1 :]
            if regions.kind(i) == regions.kind(j) or regions.confused(i, j)
        ]
        if not pairs:
            return
        difference, i, j = min(pairs)
        large = sum(share >= rules.least for share in regions.shares)
        # Rims of things are blurred: what is small is no thing that was missed.
        few = large <= rules.fewest and regions.kind(i) not in (*FIGURES, *rules.whole)
        few = few and min(regions.shares[i], regions.shares[j]) > _BROAD
        if difference >= (_VERY_ALIKE if few else 1):
            return
        first, second = (i, j) if regions.size[i] >= regions.size[j] else (j, i)
        regions.join(first, second)


def _difference(regions: Regions, i: int, j: int, rules: Rules, filling: str | None) -> float:
    """How far two regions of one class, or of two confused ones, are from being one thing; from 1 on they are not."""
    kind, apart = regions.kind(i), regions.apart(i, j)
    if kind != regions.kind(j):
        return 1.6 * apart
    if kind == filling:
        many = sum(regions.kind(k) == kind for k in regions.alive) > _PIECES
        smaller = min(regions.shares[i], regions.shares[j])
        return min(smaller**0.5 * (0.3 + apart), 0.99) if many and regions.touch[i, j] else 1.0
    if kind in rules.whole:
        return 0.3 * min(apart, 3.0)
    if regions.touch[i, j] > 0:
        return apart
    if kind in SURFACES:  # goes on behind what stands before it
        return 1.2 * apart
    return 1.3 * apart + max(0.0, regions.gap(i, j) - _GAP) / _GAP


def group_small(regions: Regions, rules: Rules) -> None:
    """Join what is too small to be painted by itself to what it lies on, the smallest first."""
    while len(regions.alive) > 1:
        shares = regions.bulk
        small = [
            i for i in regions.alive if shares[i] < (rules.least_figure if regions.kind(i) in FIGURES else rules.least)
        ]
        if not small:
            return
        i = min(small, key=lambda i: (shares[i], i))
        regions.join(_carrier(regions, i), i)


def _carrier(regions: Regions, i: int) -> int:
    """Find what region i lies on: what it touches most, most of all below it; what is of its class and near, first."""
    others = [j for j in regions.alive if j != i]

    def belongs(j: int) -> float:
        touch = (regions.touch[i, j] + 2 * regions.above[i, j]) / max(regions.touch[i].sum(), 1)
        if regions.kind(i) == regions.kind(j):
            return 2 * touch + 1 / (1 + regions.apart(i, j) + 10 * regions.gap(i, j))
        in_sky = regions.kind(j) == "sky" and regions.kind(i) not in SURFACES
        return touch * (0.5 if in_sky else 1) - 0.02 * regions.apart(i, j)

    return max(others, key=lambda j: (belongs(j), -j))


def join_until(regions: Regions, most: int) -> None:
    """Join until at most `most` regions are left: of one class first, then small ones to what carries them."""
    while len(regions.alive) > most:
        alive, shares = regions.alive, regions.shares
        cost = {}
        for n, i in enumerate(alive):
            for j in alive[n + 1 :]:
                same = regions.kind(i) == regions.kind(j)
                near = 1.0 if regions.touch[i, j] else 1.5 + 4 * regions.gap(i, j)
                size = min(shares[i], shares[j]) ** 0.5
                cost[i, j] = size * near * ((0.3 + regions.apart(i, j)) if same else (1.5 + regions.apart(i, j)))
        i, j = min(cost, key=lambda pair: (cost[pair], pair))
        first, second = (i, j) if shares[i] >= shares[j] else (j, i)
        regions.join(first, second)
