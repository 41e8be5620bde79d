"""Main colours of a painted step, and names for them as a painter would say them."""

from collections.abc import Sequence

import cv2
import numpy as np

MAX_COLOURS, MIN_COLOURS = 5, 3
SAME_COLOUR = 9.0  # CIE76: colours nearer than this are mixed once
MIN_SHARE = 0.04  # of the painted pixels: rarer colours are not mixed
MIX_SAMPLE = 4000  # pixels, at most about

# names of hues by their angle in CIELAB: up to this angle, and what it is called when light, middling and dark
_HUES: tuple[tuple[float, str, str, str], ...] = (
    (20, "pink", "rose", "dark red"),
    (48, "salmon", "red", "red-brown"),
    (74, "peach", "orange", "brown"),
    (92, "cream", "ochre", "brown"),
    (115, "pale yellow", "yellow", "olive"),
    (165, "light green", "green", "dark green"),
    (215, "pale blue-green", "blue-green", "dark blue-green"),
    (300, "light blue", "blue", "dark blue"),
    (330, "lilac", "violet", "dark violet"),
    (350, "light pink", "purple", "dark purple"),
    (361, "pink", "rose", "dark red"),
)
# greys by the angle of the hue that they lean to
_GREY_SIDES = ((20, "rose-grey"), (115, "warm grey"), (190, "green-grey"), (290, "cool grey"), (345, "mauve-grey"),
               (361, "rose-grey"))  # fmt: skip
_GREYS = ((12, "black"), (34, "dark grey"), (66, "grey"), (88, "light grey"), (101, "white"))


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """Convert (N,3) uint8 sRGB to (N,3) CIELAB float32: L 0 to 100, a and b about -100 to 100."""
    return cv2.cvtColor((rgb.reshape(-1, 1, 3) / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2Lab).reshape(-1, 3)


def colour_name(rgb: tuple[int, int, int] | np.ndarray) -> str:
    """Name a colour, three numbers 0..255: "warm grey", "dark brown", "light blue"."""
    light, a, b = map(float, to_lab(np.array(rgb, np.uint8).reshape(1, 3))[0])
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
    warm = 20 <= hue <= 115
    if chroma < 13:
        grey = next(name for upper, name in _GREYS if light < upper)
        if chroma < 4 or grey in ("black", "white"):
            return f"off-{grey}" if grey == "white" and chroma >= 4 else grey
        return grey.replace("grey", next(name for upper, name in _GREY_SIDES if hue < upper))
    _, pale, middle, dark = next(row for row in _HUES if hue < row[0])
    # Yellows and creams are light by nature, blues and violets dark.
    bright, dim = (82, 50) if warm else (70, 34)
    if chroma > 50:  # strong colours keep their name
        bright, dim = 96, 26
    name = pale if light >= bright else dark if light < dim else middle
    if name in ("orange", "red") and chroma < 32:
        name = {"orange": "tan", "red": "dusty red"}[name]
    elif (name == "ochre" and chroma < 34) or (name == "yellow" and chroma < 24):
        name = {"ochre": "sand", "yellow": "khaki"}[name]
    elif chroma < 20 and name in ("green", "blue", "blue-green", "violet"):
        name = f"grey-{name}"
    elif name in ("brown", "red-brown", "olive") and light < 22:
        name = f"dark {name}"
    return name


def mixed_colours(after: np.ndarray, painted: np.ndarray) -> list[tuple[int, int, int]]:
    """Find the 3 to 5 main colours of a step by k-means, dark to light; fewer where it paints fewer.

    Args:
        after: (H,W,3) uint8, the canvas after the step.
        painted: (H,W) bool, where it painted.
    """
    pixels = after[painted]
    if not len(pixels):
        return []
    pixels = pixels[:: max(1, len(pixels) // MIX_SAMPLE)]
    points = to_lab(pixels)
    n = min(2 * MAX_COLOURS, len(np.unique(pixels.astype(np.int32) @ (1, 256, 65536))))
    if n == 1:
        return [tuple(int(v) for v in pixels[0])]  # type: ignore[list-item]
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, found, centres = cv2.kmeans(points, n, np.zeros(0, np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS)
    counts = np.bincount(found.reshape(-1), minlength=n).astype(float)
    members = [[i] for i in range(n) if counts[i]]
    # Merge the two nearest until all differ and there are few enough; rare ones are merged with their neighbour.
    while len(members) > 1:
        mean = np.array([np.average(centres[m], axis=0, weights=counts[m]) for m in members])
        share = np.array([counts[m].sum() for m in members]) / counts.sum()
        apart = np.linalg.norm(mean[:, None] - mean[None], axis=2) + np.diag([np.inf] * len(members))
        rare = int(share.argmin())
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        if share[rare] < MIN_SHARE and (apart[rare].min() < 4 * SAME_COLOUR or len(members) > MAX_COLOURS):
            i, j = rare, int(apart[rare].argmin())
        elif len(members) <= MAX_COLOURS and apart[i, j] >= (
            SAME_COLOUR if len(members) > MIN_COLOURS else SAME_COLOUR / 2
        ):
            break
        members[int(i)] += members.pop(int(j)) if j > i else []
        if j < i:
            members[int(j)] += members.pop(int(i))
    colours = []
    for group in members:
        inside = np.isin(found.reshape(-1), group)
        # The member nearest to the mean: a colour that exists.
        mean = points[inside].mean(axis=0)
        nearest = np.linalg.norm(points[inside] - mean, axis=1).argmin()
        colours.append((float(points[inside][nearest][0]), tuple(int(v) for v in pixels[inside][nearest])))
    return [colour for _, colour in sorted(colours)]  # type: ignore[misc]


def distinct_names(colours: Sequence[tuple[int, int, int]]) -> list[str]:
    """Name colours given from dark to light, so that no two have the same name."""
    names = [colour_name(colour) for colour in colours]
    found = []
    for place, name in enumerate(names):
        same = [i for i, other in enumerate(names) if other == name]
        least = place == same[0]
        if len(same) == 1 or (place not in (same[0], same[-1])):
            found.append(name)
        elif name.endswith("white"):
            found.append(f"{'broken' if least else 'clean'} {name}")
        elif name.startswith("dark "):
            found.append(f"very {name}" if least else name if len(same) == 2 else f"less {name}")
        elif name.startswith(("light ", "pale ")):
            found.append(f"very {name}" if not least else name if len(same) == 2 else f"less {name}")
        else:
            found.append(f"{'darker' if least else 'lighter'} {name}")
    return found
