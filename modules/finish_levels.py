"""Levels of finish: the painting as an artist could lay it at each place, from bare ground to finished picture.

The simulated painter lays these colours and the frames stage mixes them, so both are true in colour on unseen pictures,
at any size. Only *where, when and which* is left to them.
"""

import cv2
import numpy as np

from .imaging.nearest import nearest
from .imaging.push_pull import push_pull_fill
from .imaging.resize import affected_box, fit_size, resize, resize_labels
from .labels import LabelSet
from .occlusion import across, behind_colours

LEVELS = ("ground", "sketch", "wash", "under", "over", "lined", "flat", "form", "smooth", "painting")
"""What each state shows. `wash`: thin colour through which the ground shines; `under`: the colour of what lies behind
this part, `over`: of what lies in front of it (masses are drawn past outlines both ways); `lined`: flats under line
art; `flat`: up to three mixed tones a part; `form`: planes of light; `smooth`: the picture without its details."""

TINT_STRENGTH = (0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.6, 0.3, 0.0)
"""How much of an artist's own tone shows in each state: flats are mixed by feeling, the finish is the picture."""

WORKING_SIZE = 512  # longest side at which states are made; larger pictures get them enlarged (they hold no detail)
INK = np.array([0.16, 0.12, 0.10], np.float32)
CHALK = np.array([0.86, 0.82, 0.75], np.float32)  # ink on a dark ground
DARK_GROUND = 0.35  # mean of its colour, up to which it is drawn on with chalk
OPAQUE_LINE = 0.85
BLEND = 0.25  # of the difference of two tones: so near to the line between them lies what they give mixed
RIM = 1.0  # of a blur, to either side of an edge: what is narrower than that is no shape
_FLAT_TONES, _FORM_TONES = 3, 6


def level(name: str) -> int:
    """Return the index of a state in `LEVELS`."""
    return LEVELS.index(name)


def _blur_inside(image: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of an image (H,W,3) that takes no colour from outside of a mask (H,W) bool."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    blurred = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma)
    return (blurred / np.maximum(total, 1e-4)[..., None]).astype(np.float32)


def _nearest_tone(lab: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Find the number of the centre (k,3) that each colour (...,3) is nearest to, (...) uint8."""
    lightness, a, b = np.ascontiguousarray(np.moveaxis(lab, -1, 0))  # plane by plane: far faster than sums of three
    nearest_tone, least = np.zeros(lab.shape[:-1], np.uint8), np.full(lab.shape[:-1], np.inf, lab.dtype)
    for tone, centre in enumerate(centres):
        distance = (lightness - centre[0]) ** 2
        distance += (a - centre[1]) ** 2
        distance += (b - centre[2]) ** 2
        nearest_tone[distance < least] = tone
        np.minimum(least, distance, out=least)
    return nearest_tone


def _mixed_tones(lab: np.ndarray, n_tones: int, apart: float) -> np.ndarray:
    """Centres (k,3), dark to light, k <= n_tones, of Lab colours (n,3): k-means; tones nearer than `apart` are one."""
    samples = lab[:: max(1, len(lab) // 3000)]
    # The first centres are spread over the lightness, so that k-means needs no random start.
    by_light = samples[np.argsort(samples[:, 0], kind="stable")]
    picks = ((np.arange(n_tones) + 0.5) / n_tones * len(by_light)).astype(int)
    centres = by_light[picks].copy()
    while True:
        for _ in range(5):
            tones = _nearest_tone(samples, centres)
            for tone in range(len(centres)):
                if (here := tones == tone).any():
                    centres[tone] = samples[here].mean(axis=0)
        gaps = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2)) + 1e3 * np.eye(len(centres))
        if len(centres) == 1 or gaps.min() >= apart:
            return centres[np.argsort(centres[:, 0], kind="stable")]
        first, second = np.unravel_index(gaps.argmin(), gaps.shape)
        centres[first] = (centres[first] + centres[second]) / 2
        centres = np.delete(centres, second, axis=0)


def _shapes(tones: np.ndarray, inside: np.ndarray, n_tones: int, corner: float, least: float) -> np.ndarray:
    """Simplify a tone map (H,W) as a brush would block it in: shapes with few corners on the most frequent tone.

    They are carried past the outline of the mask `inside`, as far as a corner may be cut: else slivers of the tone
    below would line it. `corner`: how far, in pixels, an outline may be cut short; shapes of fewer than `least` pixels
    are dropped.
    """
    counts = np.array([((tones == t) & inside).sum() for t in range(n_tones)])
    result = np.full(tones.shape, counts.argmax(), np.uint8)
    away, at = nearest(inside)
    tones, near = tones.ravel()[at], away <= 2 * corner + 2
    for tone in np.argsort(-counts, kind="stable")[1:]:
        shape = ((tones == tone) & near).astype(np.uint8)
        outlines, _ = cv2.findContours(shape, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        polygons = [cv2.approxPolyDP(line, corner, True) for line in outlines if cv2.contourArea(line) >= least]
        if polygons:
            cv2.drawContours(result, polygons, -1, int(tone), cv2.FILLED)
    return result


def _is_blend(centres: np.ndarray, tone: int) -> bool:
    """Whether a tone of (k,3) is what two others give where they blur into one another."""
    others = np.delete(centres, tone, axis=0)
    for i, one in enumerate(others):
        for other in others[i + 1 :]:
            way = other - one
            share = float(np.clip((centres[tone] - one) @ way / (way @ way), 0, 1))
            if np.linalg.norm(one + share * way - centres[tone]) < BLEND * np.linalg.norm(way):
                return True
    return False


def _is_rim(shape: np.ndarray, blur: float) -> bool:
    """Whether a shape (H,W) bool is nowhere wider than what a blur makes of an edge."""
    side = 2 * round(RIM * blur) + 1
    left = cv2.erode(shape.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=1)
    return bool(left.sum() < 0.02 * shape.sum())


def tone_map(
    image: np.ndarray, mask: np.ndarray, n_tones: int, *, blur: float, corner: float, apart: float
) -> np.ndarray:
    """Paint a mask (H,W) bool of an image (H,W,3) in up to `n_tones` mixed colours: flat shapes with clear edges.

    Light and dark are seen through half-closed eyes: pattern and texture (finer than `blur`) make no shapes.

    Args:
        blur, corner: in pixels; how far an outline may be cut short.
        apart: least difference of two tones (Delta E).

    Returns:
        (H,W,3) float32 in [0,1], valid inside the mask only.
    """
    pixels = image[mask]
    if len(pixels) < 4 * n_tones:
        return np.broadcast_to(pixels.mean(axis=0) if len(pixels) else np.full(3, 0.5), image.shape).astype(np.float32)
    box = affected_box(mask, mask.shape, int(2 * blur) + 1)
    assert box is not None
    top, bottom, left, right = box
    inside, piece = mask[top:bottom, left:right], np.ascontiguousarray(image[top:bottom, left:right])
    seen = cv2.cvtColor(_blur_inside(piece, inside, blur), cv2.COLOR_RGB2LAB)
    centres = _mixed_tones(seen[inside], n_tones, apart)
    tones = _nearest_tone(seen, centres)
    for tone in range(len(centres) - 1, -1, -1):
        if len(centres) > 2 and _is_blend(centres, tone) and _is_rim((tones == tone) & inside, blur):
            centres = np.delete(centres, tone, axis=0)
            tones = _nearest_tone(seen, centres)
    tones = cv2.medianBlur(tones, 5)
    tones = _shapes(tones, inside, len(centres), corner, max(6.0, 0.006 * len(pixels)))
    result = np.zeros_like(image)
    block = result[top:bottom, left:right]
    for tone in range(len(centres)):
        here = (tones == tone) & inside
        if here.any():
            block[here] = piece[here].mean(axis=0)
    return np.clip(result, 0, 1)


def _outline(labels: np.ndarray) -> np.ndarray:
    """1 where the pixel to the right or below has another label, (H,W) float32."""
    padded = np.pad(labels, 1, mode="edge").astype(np.int16)
    centre = padded[1:-1, 1:-1]
    return ((centre != padded[1:-1, 2:]) | (centre != padded[2:, 1:-1])).astype(np.float32)


def line_drawing(painting: np.ndarray, labels: np.ndarray, *, inner: bool = True) -> np.ndarray:
    """Draw the underdrawing: how dark it is at each pixel, (H,W) in [0,1].

    The outlines of the parts, and with `inner` the main lines inside them: a thresholded difference of Gaussians of
    the smoothed picture, never in the largest part that touches the border (an artist draws no line on noise).
    """
    size = max(painting.shape[:2])
    lines = cv2.GaussianBlur(_outline(labels), (0, 0), max(0.6, size / 420)) * 2.4
    if inner:
        grey = cv2.cvtColor(np.ascontiguousarray(painting), cv2.COLOR_RGB2GRAY)
        grey = cv2.bilateralFilter(grey, 7, 0.12, max(1.0, size / 110))
        sigma = max(0.8, size / 230)
        darker = cv2.GaussianBlur(grey, (0, 0), 1.8 * sigma) - cv2.GaussianBlur(grey, (0, 0), sigma)
        strength = np.clip((darker - 0.022) / 0.03, 0, 1)
        border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        strength[labels == np.bincount(border.reshape(-1)).argmax()] *= 0.0
        lines = np.maximum(lines, strength * 0.9)
    # Pressure varies.
    return np.clip(lines * (0.78 + 0.3 * _clouds(lines.shape, 14)), 0, 1)


def brushed(image: np.ndarray, radius: int) -> np.ndarray:
    """Kuwahara filter with eight windows (Kuwahara et al. 1976): details of an image (H,W,3) go, edges stay clear.

    Each pixel takes the mean of that window beside it, of `radius` pixels, whose colours differ least; four windows lie
    at the corners and four at the sides.
    """
    side = 2 * radius + 1
    mean = cv2.blur(image, (side, side), borderType=cv2.BORDER_REPLICATE)
    spread = cv2.blur(image * image, (side, side), borderType=cv2.BORDER_REPLICATE) - mean * mean
    packed = np.dstack([mean, spread.sum(axis=2)])
    far, near = radius, max(1, round(0.7 * radius))
    steps = [(far, 0), (-far, 0), (0, far), (0, -far), (near, near), (near, -near), (-near, near), (-near, -near)]
    padded = cv2.copyMakeBorder(packed, far, far, far, far, cv2.BORDER_REPLICATE)
    height, width = image.shape[:2]
    best: np.ndarray | None = None
    for y, x in [*steps, (0, 0)]:
        window = padded[far + y : far + y + height, far + x : far + x + width].copy()
        best = window if best is None else cv2.copyTo(window, (window[..., 3] < best[..., 3]).astype(np.uint8), best)
    assert best is not None
    return best[..., :3]


def _clouds(shape: tuple[int, ...], cells: int) -> np.ndarray:
    """Smooth noise (H,W) in about [-1,1] with `cells` bumps along the longest side, the same for every picture."""
    step = max(shape[:2]) / cells
    size = (round(shape[0] / step) + 3, round(shape[1] / step) + 3)
    coarse = np.random.default_rng(cells).normal(0, 0.45, size)
    return cv2.resize(coarse.astype(np.float32), shape[1::-1], interpolation=cv2.INTER_CUBIC)


def wash(flat: np.ndarray, labels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Lay thin paint of the flat colours (H,W,3) over a ground (3,).

    It is pale, runs a little into wet neighbours, stands in pools and dries darker along outlines.
    """
    size = max(labels.shape)
    rim = np.clip(2.2 * cv2.GaussianBlur(_outline(labels), (0, 0), max(0.6, size / 300)), 0, 1)
    amount = (0.42 + 0.14 * rim + 0.09 * _clouds(labels.shape, 9))[..., None]
    thin: np.ndarray = ground * (1 - amount) + cv2.GaussianBlur(flat, (0, 0), max(0.6, size / 140)) * amount
    return thin.astype(np.float32)


def draw_lines(ground: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Draw ink lines (H,W) over a ground (3,): an image (H,W,3). Ink on a dark ground is chalk."""
    ink = INK if float(ground.mean()) > DARK_GROUND else CHALK
    alpha = OPAQUE_LINE * lines[..., None]
    return (ground * (1 - alpha) + ink * alpha).astype(np.float32)


def part_colours(painting: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Compute the mean colour of each class, (K,3) in [0,1]; grey for a class without pixels."""
    colours = np.full((n_classes, 3), 0.5, np.float32)
    for part in np.unique(labels):
        colours[part] = painting[labels == part].mean(axis=0)
    return colours


def without_children(image: np.ndarray, labels: np.ndarray, part: int, label_set: LabelSet) -> np.ndarray:
    """Fill the small children of a part, and their shadows, with the part's colours in an image (H,W,3).

    A face is laid in before it has eyes: its flats must not show them.
    """
    own = labels == part
    size = max(labels.shape)
    children = np.zeros_like(own)
    for other in np.unique(labels):
        theirs = labels == other
        if label_set.base_classes[part] in label_set.ancestors(int(other)) and theirs.sum() < 0.25 * own.sum():
            children |= theirs
    if not children.any():
        return image
    reach = 2 * max(1, round(0.3 * np.sqrt(children.sum() / 4))) + 1
    reach = min(reach, 2 * max(1, size // 40) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = cv2.dilate(children.astype(np.uint8), kernel) > 0
    known = own & ~near
    return push_pull_fill(image, known) if known.sum() > 0.1 * own.sum() else image


def finish_states(
    painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, ground: tuple[float, float, float] | np.ndarray
) -> np.ndarray:
    """Make all states of finish of one painting on one ground.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        ground: RGB of the toned ground, in [0,1].

    Returns:
        (M,H,W,3) float32 in [0,1] in the order of `LEVELS`; the last one is the painting itself.
    """
    full = painting.shape[1::-1]
    size = fit_size(painting.shape, WORKING_SIZE)
    small, parts = resize(painting, size).astype(np.float32), resize_labels(labels, size)
    longest = max(size)
    tone = np.asarray(ground, np.float32)
    smooth = brushed(small, max(1, round(longest / 150)))
    planes = cv2.bilateralFilter(small, 0, 0.10, max(0.8, longest / 130)) if min(size) > 2 else small
    broad = cv2.bilateralFilter(planes, 0, 0.14, max(0.8, longest / 90)) if min(size) > 2 else small
    flat, form = small.copy(), small.copy()
    for part in np.unique(parts):
        mask = parts == part
        tiny = mask.mean() < 0.006  # a feature is one dark note, not three tones
        n_flat = 1 if tiny else 2 if mask.mean() < 0.03 else _FLAT_TONES
        seen = without_children(broad, parts, int(part), label_set)
        width = float(np.sqrt(mask.sum()))
        flat[mask] = tone_map(seen, mask, n_flat, blur=max(0.8, 0.055 * width), corner=longest / 110, apart=9)[mask]
        form[mask] = tone_map(
            planes, mask, 2 if tiny else _FORM_TONES, blur=max(0.5, 0.014 * width), corner=longest / 300, apart=4
        )[mask]
    lines = line_drawing(small, parts)
    states = [
        np.broadcast_to(tone, small.shape).astype(np.float32),
        draw_lines(tone, lines),
        wash(flat, parts, tone),
        behind_colours(flat, parts, label_set),
        flat[across(parts, label_set, nearer=True)],
        flat * (1 - 0.78 * lines[..., None]),
        flat,
        form,
        smooth,
    ]
    return np.stack([*(np.clip(resize(s, full).reshape(painting.shape), 0, 1) for s in states), painting])
