"""Brush words: which brush, how wide, how wet and in which direction, computed from strokes that were laid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ...modules.brush.cover import CLOSER
from ...modules.brush.media import MEDIA
from ...modules.brush.stroke import AREAS, MARKS, StrokeList
from ...modules.brush.touch import closed_loops
from ...modules.finish_levels import LEVELS
from .canvas_size import CanvasSize

BROAD, MIDDLE, SMALL = 0.035, 0.018, 0.009  # shares of the longest side: a brush is broad, middle-sized, small or fine
ROUND = 6.0  # millimetres: a bristle or wash brush as narrow as this is a round one
AREA_BRUSHES, FILLED = (0.01, 0.025, 0.06), 0.25  # shares of the longest side; and of an area's own side
ONE_WAY, LED = 0.45, 0.55  # agreement of directions in [0,1]: of all strokes, of those beside each other
SWEPT = 0.5  # share of their way by which strokes get on in one direction, not to and fro
SHORT, LONG = 2.2, 4.5  # lengths over widths: dabs up to the first, long strokes from the second
THIN, PRESSED = 0.8, (0.35, 0.5)  # opacity below which paint is thin; pressures that are light, middling, then firm
LEAST = 0.12  # share of the work below which a brush is not worth taking up
MOST_TOOLS = 2  # brushes that are named for one thing to do
SOFT_EDGE = 0.004  # share of the longest side from which a wash's edge is soft
LAYERED = 1.25  # washes over each other at a place, on average, from which they are layers
CELLS, ARROWS = 9, 7  # places along the longest side at which directions are compared, and shown
GRID = 160  # pixels of the longest side at which it is counted what lies over each other
_WAYS = ("from left to right", "downwards to the right", "downwards", "downwards to the left")
_BACK = ("from right to left", "upwards to the left", "upwards", "upwards to the right")


@dataclass(frozen=True)
class Tool:
    """A brush, or what one draws with, and how it is used: names a mark has in a medium.

    Attributes:
        name: as a painter asks for it; "{size}" is put before it.
        sized: whether broad, small ... says something of it.
        stroke: what one touch of it is called, and several.
        paint: how wet or how hard; "" where opacity says it.
        directed: whether its direction says something.
    """

    name: str
    sized: bool
    stroke: tuple[str, str]
    paint: str = ""
    directed: bool = True


_STROKE, _LINE, _TOUCH = ("stroke", "strokes"), ("line", "lines"), ("touch", "touches")
TOOLS: dict[str, Tool] = {
    "bristle": Tool("flat bristle brush", True, _STROKE),
    "thin": Tool("pointed round brush", False, _LINE, "thinned paint", directed=False),
    "blend": Tool("dry soft brush", False, _TOUCH, "blend while the paint is wet", directed=False),
    "round": Tool("hard round brush", True, _STROKE),
    "airbrush": Tool("soft round brush", True, _STROKE),
    "wash": Tool("wash brush", False, ("wash", "washes"), directed=False),
    "wet": Tool(
        "pointed round brush", False, ("touch", "touches"), "drop more colour into the wet wash", directed=False
    ),
    "pointed": Tool("pointed round brush", False, _STROKE, "moist, on dry paper"),
    "line": Tool("pen or brush tip", False, _LINE, "press in the middle, lift at the ends", directed=False),
    "fill": Tool("brush or fill tool", False, ("flat shape", "flat shapes"), "one even colour each", directed=False),
    "contour": Tool("sharp pencil", False, _LINE, directed=False),
    "hatch": Tool("pencil", False, ("hatching line", "hatching lines")),
    "smudge": Tool("pencil's side and a stump", False, _STROKE, "smudge it to a soft tone"),
    "stump": Tool("paper stump", False, _TOUCH, "smooth the hatching until the grain closes", directed=False),
}
_INK_LINE = Tool("nib or brush pen", False, _LINE, TOOLS["line"].paint, directed=False)


@dataclass(frozen=True)
class Arrow:
    """How strokes run at a place: from (x, y) to (x, y) in shares of the longest side; not `one_way`: to and fro."""

    start: tuple[float, ...]
    end: tuple[float, ...]
    one_way: bool


@dataclass(frozen=True)
class Handling:
    """How one brush is used: what the sheet says of it.

    Attributes:
        mark: what it leaves, one of `MARKS`.
        kind: the brush's name, as in a shop.
        brush: the same, and which one of several: "broad flat bristle brush".
        width: in the canvas's unit, a width that brushes have.
        size: the width in words.
        strokes: how many.
        words: all of it in one sentence, without a full stop.
    """

    mark: str
    kind: str
    brush: str
    width: float
    size: str
    strokes: int
    words: str

    def to_json(self) -> dict[str, Any]:
        """Return the keys in process.json."""
        return {"brush": self.brush, "width": self.width, "mark": self.mark, "strokes": self.strokes}


def brush_sizes(strokes: StrokeList) -> tuple[np.ndarray, np.ndarray]:
    """Find how wide a brush lays each stroke, in shares of the longest side, and how much it covers, in squares of it.

    Returns:
        widths and areas, (n,) each; an area is filled with the largest brush that suits it.
    """
    widths = np.maximum.reduceat(strokes.widths, strokes.starts[:-1]).astype(float)
    covered = strokes.lengths() * widths
    for i in np.flatnonzero(strokes.areas):
        covered[i] = _area(closed_loops(strokes.stroke(int(i)).path))
        widths[i] = max((one for one in AREA_BRUSHES if one <= FILLED * np.sqrt(covered[i])), default=AREA_BRUSHES[0])
    return widths, covered


def _area(loops: list[np.ndarray]) -> float:
    """Area of closed loops in squares of the longest side; holes run the other way round, and are taken off."""
    return abs(sum(0.5 * float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) for x, y in (one.T for one in loops)))


def cover_map(strokes: StrokeList) -> np.ndarray:
    """Map where strokes lie, (GRID,GRID) bool over the square of the longest side."""
    covered = np.zeros((GRID, GRID), np.uint8)
    areas = strokes.areas
    for i in np.flatnonzero(areas):
        path = strokes.points[strokes.starts[i] : strokes.starts[i + 1]]
        cv2.fillPoly(covered, [np.rint(loop * GRID).astype(np.int32) for loop in closed_loops(path)], 1)
    if not areas.all():
        paths = np.split(np.rint(strokes.points * GRID).astype(np.int32), strokes.starts[1:-1])
        widths = np.rint(GRID * np.maximum.reduceat(strokes.widths, strokes.starts[:-1]).astype(float))
        for width in np.unique(widths[~areas]):
            lines = [paths[i] for i in np.flatnonzero(~areas & (widths == width))]
            cv2.polylines(covered, lines, False, 1, max(1, int(width)))
    return covered > 0


def brush_marks(strokes: StrokeList) -> StrokeList:
    """Say of strokes that close gaps what they are: small ones of the brush that is used, not lines that are drawn."""
    mark = strokes.mark.copy()
    for medium, finish in np.unique(np.stack([strokes.medium, strokes.finish], axis=1), axis=0):
        kind, name = MEDIA[list(MEDIA)[medium]], LEVELS[finish]
        if name != "sketch" and (kind.name != "ink" or name == "painting"):
            closing = (strokes.mark == MARKS.index(CLOSER)) & (strokes.medium == medium) & (strokes.finish == finish)
            mark[closing] = MARKS.index(kind.brush(name).mark)
    return replace(strokes, mark=mark)


def describe_strokes(strokes: StrokeList, canvas: CanvasSize) -> list[Handling]:
    """Describe how strokes are laid: one brush after the other, those that do hardly anything left out.

    Args:
        strokes: n > 0 of them, in their order.
        canvas: the size at which somebody paints along.
    """
    strokes = brush_marks(strokes)
    widths, work = brush_sizes(strokes)
    found: list[tuple[float, Handling]] = []
    # In the order in which they are taken up: each finish has its brush, and some a second one.
    kinds = strokes.finish.astype(int) * len(MARKS) + strokes.mark
    for kind in dict.fromkeys(kinds.tolist()):
        mine = kinds == kind
        # Drops and lines are small: each kind is weighed by its number, too.
        share = max(work[mine].sum() / max(work.sum(), 1e-12), 0.5 * mine.mean())
        handling = _handle(strokes[mine], widths[mine], work[mine], canvas)
        same = any(handling.size == other.size and handling.kind == other.kind for _, other in found)
        if share >= LEAST and not (same and MARKS[kind % len(MARKS)] not in AREAS):
            found.append((share, handling))
    most = sorted((share for share, _ in found), reverse=True)[:MOST_TOOLS][-1:]
    return [handling for share, handling in found if share >= most[0]][:MOST_TOOLS]


def _handle(strokes: StrokeList, widths: np.ndarray, work: np.ndarray, canvas: CanvasSize) -> Handling:
    """Describe strokes of one mark; `work` (n,) says how much each does."""
    mark, medium = MARKS[strokes.mark[0]], list(MEDIA)[strokes.medium[0]]
    share = _median(widths, work)
    width = canvas.brush(share)
    tool = _INK_LINE if mark == "line" and medium == "ink" else TOOLS[mark]
    millimetres = width * (25.4 if canvas.unit == "in" else 1) if canvas.unit != "px" else np.inf
    if mark in ("bristle", "wash") and millimetres <= ROUND:
        tool = replace(tool, name=TOOLS["pointed"].name if mark == "wash" else "round brush")
    size = canvas.width_words(width)
    # A second, smaller one where the first does not get in.
    sizes, inverse = np.unique(canvas.brushes(widths), return_inverse=True)
    amount = np.bincount(inverse, weights=work) / max(work.sum(), 1e-12)
    small = [one for one, part in zip(sizes, amount, strict=True) if one <= 0.5 * width and part >= 0.08]
    narrow = f", {canvas.width_words(small[-1])} where it is narrow" if tool.sized and small else ""
    name = f"{_size_word(share)} {tool.name}" if tool.sized else tool.name
    words = [f"{name[0].upper()}{name[1:]} ({size}{narrow})"]
    if mark == "wash":
        words += _wash_words(strokes, small=tool is not TOOLS["wash"])
    else:
        lengths = _median(strokes.lengths() / np.maximum(widths, 1e-6), work)
        way = direction_words(strokes) if tool.directed else ""
        paint = tool.paint or _paint_words(mark, medium, _median(strokes.opacity / 255.0, work))
        words += [paint, f"{_count_words(len(strokes), tool, lengths)} {way}".strip()]
    return Handling(mark, tool.name, name, width, size, len(strokes), ", ".join(filter(None, words)))


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted median."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order] + 1e-12)
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])


def _size_word(share: float) -> str:
    names = ("fine", "small", "middle-sized", "broad")
    return names[int(np.searchsorted((SMALL, MIDDLE, BROAD), share, side="right"))]


def _paint_words(mark: str, medium: str, opacity: float) -> str:
    """Say how thick the paint is, how opaque the brush or how hard the pencil is pressed."""
    if mark in ("contour", "hatch"):
        return ("light", "medium", "firm")[int(np.searchsorted(PRESSED, opacity))] + " pressure"
    if medium in ("digital", "ink"):
        return "" if opacity > 0.95 else f"{round(20 * opacity) * 5} % opacity"
    return "thin paint: what is below shines through" if opacity < THIN else "opaque paint"


def _count_words(count: int, tool: Tool, aspect: float) -> str:
    """Count strokes as one does who lays them: "one stroke", "about 40 short strokes", "many lines"."""
    one, many = tool.stroke
    kind = "" if tool.stroke != _STROKE else "short " if aspect <= SHORT else "long " if aspect >= LONG else ""
    if count == 1:
        return f"one {kind}{one}"
    if count <= 9:
        return f"{count} {kind}{many}"
    return f"{f'about {round(count, -1)}' if count < 100 else 'many'} {kind}{many}"


def _wash_words(strokes: StrokeList, small: bool) -> list[str]:
    """Say how washes are laid: how many, over or beside each other, and their edges."""
    soft = _median(strokes.widths, np.ones(len(strokes.widths)))
    edge = "edges run soft" if soft > SOFT_EDGE else "crisp edges"
    wash, washes = ("small wash", "small washes") if small else ("wash", "washes")
    n = len(strokes)
    if n == 1:
        return ["very wet", f"one {wash}", edge]
    count = str(n) if n <= 9 else f"about {round(n, -1)}" if n < 100 else "many"
    over = float(brush_sizes(strokes)[1].sum() / max(cover_map(strokes).mean(), 1e-6))
    if over >= LAYERED:
        return ["wet", f"{count} {washes} in {max(2, round(over))} layers: let one dry before the next", edge]
    return ["wet", f"{count} {washes} side by side", edge]


def _moves(strokes: StrokeList) -> tuple[np.ndarray, np.ndarray]:
    """List the pieces of all paths: where each begins and how far it goes, (M,2) in shares of the longest side."""
    moves = np.diff(strokes.points, axis=0).astype(float)
    within = np.ones(len(moves), bool)
    within[strokes.starts[1:-1] - 1] = False  # from the end of one stroke to the begin of the next is no stroke
    return strokes.points[:-1][within].astype(float), moves[within]


def _doubled(moves: np.ndarray) -> np.ndarray:
    """Turn moves (M,2) into numbers whose sum points in twice the direction that most of them lie in, to or fro."""
    along = moves[:, 0] + 1j * moves[:, 1]
    return along**2 / np.maximum(np.abs(along), 1e-12)


def direction_words(strokes: StrokeList) -> str:
    """Say in which direction strokes run: all the same way, with the form, or in all directions; "" for dots."""
    at, moves = _moves(strokes)
    total = float(np.hypot(*moves.T).sum())
    if total < 1e-6:
        return ""
    doubled = _doubled(moves)
    mean = doubled.sum() / total
    _, cell = np.unique((at * CELLS).astype(int) @ (1000, 1), return_inverse=True)
    led = float(np.abs(np.bincount(cell, doubled.real) + 1j * np.bincount(cell, doubled.imag)).sum() / total)
    if abs(mean) >= ONE_WAY:
        octant = round(0.5 * np.angle(mean) % np.pi / (np.pi / 4)) % 4
        axis = np.array([np.cos(octant * np.pi / 4), np.sin(octant * np.pi / 4)])
        words = _BACK[octant] if moves.sum(axis=0) @ axis < -SWEPT * total else _WAYS[octant]
        return words if led - abs(mean) < 0.15 else f"mostly {words}, along the form"
    if MARKS[strokes.mark[0]] == "hatch" and _crossed(doubled):
        return "crossing each other"
    return "along the form" if led >= LED else "in all directions"


def direction_arrows(strokes: StrokeList) -> list[Arrow]:
    """Show in which direction strokes run, place by place; where they agree, and only of brushes that are led so."""
    marks = brush_marks(strokes).mark
    strokes = strokes[np.isin(marks, [MARKS.index(mark) for mark, tool in TOOLS.items() if tool.directed])]
    at, moves = _moves(strokes) if len(strokes) else (np.zeros((0, 2)), np.zeros((0, 2)))
    _, cell = np.unique((at * ARROWS).astype(int) @ (1000, 1), return_inverse=True)
    lengths, doubled = np.hypot(*moves.T), _doubled(moves)
    total = np.bincount(cell, lengths)
    found = []
    for i in np.flatnonzero(total > 0.3 * np.median(total)) if len(total) else ():
        here = cell == i
        mean = doubled[here].sum() / total[i]
        if abs(mean) < LED:
            continue
        way = np.exp(0.5j * np.angle(mean))
        axis = np.array([way.real, way.imag])
        swept = float(moves[here].sum(axis=0) @ axis) / total[i]
        half = 0.3 / ARROWS * (axis if swept >= 0 else -axis)
        middle = np.average(at[here], axis=0, weights=lengths[here] + 1e-12)
        found.append(Arrow(tuple((middle - half).tolist()), tuple((middle + half).tolist()), abs(swept) > SWEPT))
    return found


def _crossed(doubled: np.ndarray) -> bool:
    """Whether lines lie in two clearly different directions: two of nine sectors stand out, far from each other."""
    sector = ((np.angle(doubled) / (2 * np.pi)) % 1 * 9).astype(int) % 9
    share = np.bincount(sector, weights=np.abs(doubled), minlength=9) / np.abs(doubled).sum()
    first = int(share.argmax())
    others = [share[k] for k in range(9) if min((k - first) % 9, (first - k) % 9) >= 2]
    return max(others) > 0.18


def kit_words(handlings: Sequence[Handling], canvas: CanvasSize) -> list[str]:
    """List the brushes that somebody needs: each kind once with its widths, broad before fine."""
    kinds: dict[str, set[float]] = {}
    for handling in handlings:
        kinds.setdefault(handling.kind, set()).add(handling.width)
    found = []
    for kind, widths in sorted(kinds.items(), key=lambda item: -max(item[1])):
        sizes = [canvas.width_words(width) for width in sorted(widths, reverse=True)]
        *others, last = sizes
        units = {size.split()[-1] for size in sizes}
        if len(units) == 1:  # the unit once is enough
            others = [size.rsplit(" ", 1)[0] for size in others]
        found.append(f"{kind}, {' and '.join([', '.join(others), last] if others else [last])}")
    return found
