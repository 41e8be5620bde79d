"""Recipes: the simplest mixture of a shelf's paints that comes near a colour, in parts, with how near it comes."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import numpy as np

from .mixing import mix, optics_of
from .pigments import Shelf
from .spectra import delta_e, to_lab

TOUCH = 0.1  # parts that "a touch" is
MOST_PAINTS = 4  # of a recipe
# parts of each, by how many are more than touches; and those of a shelf with few paints, which mix more
WHOLE = {1: (1, 2, 4), 2: (1, 2, 3, 4, 6, 8), 3: (1, 2, 4)}
FINE = {1: (1, 2, 4, 8), 2: (1, 2, 3, 4, 6, 8, 12), 3: (1, 2, 3, 4, 6, 8, 12, 16)}
FEW = 6  # paints
NEAREST = 300  # mixtures that are compared by CIEDE2000
EACH, SMALL = 0.5, 0.15  # what a further paint, and a touch, has to better the difference by


@dataclass(frozen=True)
class Recipe:
    """A mixture.

    Attributes:
        parts: short name and parts of each paint, the most first; TOUCH parts are "a touch".
        rgb: of the mixture, 0 to 255.
        error: difference from the wished colour by CIEDE2000.
    """

    parts: tuple[tuple[str, float], ...]
    rgb: tuple[int, int, int]
    error: float

    @property
    def words(self) -> str:
        """The recipe in words: "2 ochre : 1 white : a touch of ultramarine"."""
        if len(self.parts) == 1:
            return self.parts[0][0]
        return " : ".join(f"a touch of {name}" if n == TOUCH else f"{n:g} {name}" for name, n in self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return the keys in process.json."""
        return {"words": self.words, "parts": [list(part) for part in self.parts], "rgb": list(self.rgb),
                "error": round(self.error, 1)}  # fmt: skip


def error_words(error: float) -> str:
    """Write a difference of colours as sheets do: "dE 3"; below one nobody sees it."""
    return f"dE {error:.0f}" if error >= 1 else "dE < 1"


@lru_cache(maxsize=8)
def _ratios(count: int, fine: bool) -> np.ndarray:
    """List the ratios (m,count) that paints are mixed in, each once: in whole parts, and with one or two touches."""
    if count == 1:
        return np.ones((1, 1))
    found: set[tuple[float, ...]] = set()
    for touches in range(3):
        whole = count - touches
        if not 1 <= whole <= 3 or (count == MOST_PAINTS and touches < 2 and not fine):
            continue
        for row in product((FINE if fine else WHOLE)[whole], repeat=whole):
            if whole > 1 and np.gcd.reduce(row) != 1:
                continue
            for places in combinations(range(count), touches):
                parts = iter(row)
                found.add(tuple(TOUCH if place in places else float(next(parts)) for place in range(count)))
    return np.array(sorted(found))


class RecipeBook:
    """All simple mixtures of a shelf's paints, and the search among them."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        n, rows = len(shelf.paints), []
        for count in range(1, min(n, MOST_PAINTS) + 1):
            ratios = _ratios(count, n <= FEW)
            for paints in combinations(range(n), count):
                parts = np.zeros((len(ratios), n))
                parts[:, paints] = ratios
                rows.append(parts)
        self.parts = np.concatenate(rows)
        self.rgb = mix(optics_of(shelf), self.parts)
        self.lab = to_lab(self.rgb)
        self.cost = EACH * (np.count_nonzero(self.parts, axis=1) - 1) + SMALL * (self.parts == TOUCH).sum(axis=1)

    def find(self, rgb: tuple[int, int, int]) -> Recipe:
        """Find the recipe for a colour, 0 to 255."""
        wanted = to_lab(np.array(rgb) / 255)
        apart = np.linalg.norm(self.lab - wanted, axis=1)
        near = np.argsort(apart, kind="stable")[:NEAREST]
        errors = delta_e(self.lab[near], wanted)
        best = int((errors + self.cost[near]).argmin())
        row = self.parts[near[best]]
        order = sorted(np.flatnonzero(row).tolist(), key=lambda i: (-row[i], i))
        parts = tuple((self.shelf.paints[i].short, float(row[i])) for i in order)
        found = np.round(255 * self.rgb[near[best]]).astype(int).tolist()
        return Recipe(parts, (found[0], found[1], found[2]), float(errors[best]))
