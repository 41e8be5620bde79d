"""First strokes: a predicted first frame laid as strokes, at the picture's own size.

The network says where the first step lays paint, and in which colours; the strokes are those of the plan's first passes
or of its opening (a tone over the canvas, a drawing).
"""

import cv2
import numpy as np

from ..brush.pass_layout import PassLayout, recolour
from ..brush.stroke import StrokeList, concatenate, look_up
from ..imaging.push_pull import push_pull_fill
from ..imaging.resize import resize, resize_labels
from ..plans.plan import WHOLE

PAINTED = 0.05  # difference from the ground from which on a place is painted
DRAWN = 0.10  # the same of a line, where it is widened by NEAR
BEGUN = 0.02  # share of a part that the network paints, from which on a wash over it is begun
AROUND = 0.2  # of the longest side: the width of a mass
NEAR = 0.012  # of the longest side: the picture's own lines lie so near to the outlines that the network draws


def lay_first_strokes(picture: np.ndarray, layout: PassLayout, canvas: np.ndarray) -> tuple[np.ndarray, StrokeList]:
    """Lay the first frame.

    Args:
        picture: x_1 (h,w,3) float32 in [0,1] of the network, at any size.
        layout: of the plan's strokes.
        canvas: frame 0 (H,W,3) float32 in [0,1]; not changed.

    Returns:
        Frame 1 (H,W,3) float32 in [0,1], and its strokes.
    """
    plan, after = layout.plan, canvas.copy()
    painted = np.abs(picture - np.array(plan.ground, np.float32)).max(axis=2)
    laid = [layout.opening()]
    if plan.start == "sketch":
        laid = [_drawn(laid[0], painted)]
    layout.draw(after, laid[0], 1, None)
    for piece in plan.slices[0]:
        part = plan.passes[piece.index].part
        own = _own_colours(picture, layout.small_labels, part)
        for lay_out in (layout.strokes, layout.over_cracks) if piece.end >= 1 else (layout.strokes,):
            chosen = _painted(lay_out(piece.index, after), painted, layout, part)
            same = layout.part_at(chosen) == chosen.part  # past the outline the picture shows another part's colour
            same &= ~chosen.areas  # a flat fill has one colour, and its path is its outline
            colour = np.where(same[:, None], chosen.along(own), chosen.colour / np.float32(255))
            laid.append(chosen if layout.transparent else recolour(chosen, colour))
            layout.draw(after, laid[-1], 1, piece.index)
    layout.close(canvas, after, 1)
    return after, concatenate(laid).at_step(1)


def _own_colours(picture: np.ndarray, labels: np.ndarray, part: int) -> np.ndarray:
    """Carry a picture's colours (h,w,3) in a part past its outline, over what a stroke that crosses it sees there."""
    own = resize_labels(labels, (picture.shape[1], picture.shape[0])) == part
    return picture if own.all() or not own.any() else push_pull_fill(picture, own)


def _painted(strokes: StrokeList, painted: np.ndarray, layout: PassLayout, part: int) -> StrokeList:
    """Select the strokes of a part that the network paints.

    A wall goes on behind what will stand before it where most around is painted: single patches there are no mass.
    """
    mask = (painted > PAINTED).astype(np.float32)
    wanted = strokes.along(mask) > 0.5
    own = layout.small_labels == part
    if part != WHOLE and own.any():
        away = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 5)
        behind = look_up(away, strokes.middles()) > NEAR * max(own.shape)
        around = cv2.blur(mask, (2 * round(AROUND * max(mask.shape) / 2) + 1,) * 2)
        wanted[behind] = strokes[behind].along(around) > 0.5
    if part != WHOLE and own.any() and layout.transparent:
        # A wash is laid whole where it is begun: its path is an outline, which tells nothing of what lies inside.
        inside = resize(mask, own.shape[::-1]).reshape(own.shape)[own]
        wanted[strokes.areas] = float(inside.mean()) > BEGUN
    return strokes[wanted]


def _drawn(strokes: StrokeList, painted: np.ndarray) -> StrokeList:
    """Select the lines that lie along what the network draws; all of them where it draws nothing."""
    side = 2 * round(NEAR * max(painted.shape)) + 1
    near = cv2.dilate((painted > DRAWN).astype(np.float32), np.ones((side, side), np.uint8))
    chosen = strokes[strokes.along(near) > 0.5]
    return chosen if len(chosen) else strokes
