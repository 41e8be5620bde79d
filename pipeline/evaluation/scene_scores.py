"""Score what the segment stage sees in scenes: classes, depth order, and what lies behind, beside baselines.

Classes: the network beside the untrained one, and the teacher where its soft scores are given. Depth order of touching
parts: the network's depth, how true parts are sorted by it and their shapes, and the ranks of the parts that are found,
beside the usual order of the true classes and two cues that need no network. Amodal completion of layered art: from
true layers in true order, so it says nothing of the network.
"""

from typing import Any

import cv2
import numpy as np

from ...modules.data.layered.layered_picture import LayeredPicture, find_layered
from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.labels import PORTRAIT
from ...modules.occlusion import extents
from ...modules.segment.classes import DEPTH, order_prior, scene_probabilities
from ...modules.segment.thing_order import far_to_near
from ...modules.segment.things import find_things
from ...modules.segment.training_pictures import UNKNOWN
from ...modules.things import ALL_CLASSES, SCENE_CLASSES
from .contact_sheets import THUMB, write_row
from .metrics import intersection_and_union
from .metrics.amodal import amodal_iou, hidden_parts, nearest_completion
from .metrics.depth_order import LEAST_OUTLINE, Votes, cue_votes, outline_votes, pairs_right
from .scene_cases import SceneCase, load_predictors, teacher_scores, true_order
from .systems import MODEL

TEACHER, SORTED, RANKS, PRIOR = "teacher", "sorted", "ranks", "class prior"
SORTED_SIZE = 160  # pixels at which true parts are sorted, as found ones are
MERGED = (("sky",), ("mountain",), ("water",), ("ground", "grass"), ("tree", "plant"), ("building",), ("person",))
REST = len(MERGED)  # index of all other classes together


def evaluate_scene(case: SceneCase) -> dict[str, Any]:
    """Score one picture and write its strip: {name, group, subject, classes, order, amodal}, as far as it has them."""
    picture, painting = case.picture, case.picture.image.astype(np.float32) / 255
    predictors, size = load_predictors(case.settings), painting.shape[1::-1]
    planes = {name: predictor.look(painting) for name, predictor in predictors.items()}
    depth = {name: resize(found[DEPTH], size) for name, found in planes.items()}
    result: dict[str, Any] = {"name": case.name, "group": case.group, "subject": case.row.get("subject", "")}
    if picture.scenic:
        scores = {name: scene_probabilities(found[:DEPTH]) for name, found in planes.items()}
        if (teacher := teacher_scores(case)) is not None:
            scores[TEACHER] = teacher
        classes = {name: np.stack([resize(p, size) for p in found]).argmax(0) for name, found in scores.items()}
        result["classes"] = _score_classes(classes, scene_truth(picture.labels))
        things, label_set = find_things(planes[MODEL][:DEPTH], planes[MODEL][DEPTH], painting)
        shown = [ALL_CLASSES.colourise(classes[MODEL] + len(PORTRAIT)), label_set.colourise(things)]
    else:
        things, label_set = predictors[MODEL].label(planes[MODEL], picture.labels.shape)[0], PORTRAIT
        shown = [PORTRAIT.colourise(things)]
    if (truth := true_order(case)) is not None:
        ranks = label_set.depth_order[things].astype(np.float32)
        planes_of_order = depth | {RANKS: ranks}
        if picture.scenic:
            planes_of_order[SORTED] = _sort_parts(truth[0], picture.labels, depth[MODEL])
        result["order"] = _score_order(case, truth, planes_of_order)
    if picture.order is not None and (layered := _whole_layers(case)) is not None:
        result["amodal"] = _score_amodal(layered)
        for one in result["order"]:
            far, near = one["pair"]
            one["hides"] = int((layered.extents[far - 1] & (layered.layers == near)).sum()) >= LEAST_OUTLINE
    _write_strip(case, depth[MODEL], shown)
    return result


# ---- classes


def scene_truth(labels: np.ndarray) -> np.ndarray:
    """Map labels (H,W) of `ALL_CLASSES` to indices of `SCENE_CLASSES`; what is not known, or no class, is UNKNOWN."""
    table = np.full(UNKNOWN + 1, UNKNOWN, np.uint8)
    table[PORTRAIT.index("background") + 1 : len(PORTRAIT)] = SCENE_CLASSES.index("person")
    table[len(PORTRAIT) : len(ALL_CLASSES)] = np.arange(len(SCENE_CLASSES))
    return table[labels]


def merged_classes() -> np.ndarray:
    """Map `SCENE_CLASSES` (15,) to `MERGED`, all others to `REST`."""
    place = {name: i for i, names in enumerate(MERGED) for name in names}
    return np.array([place.get(name, REST) for name in SCENE_CLASSES])


def _score_classes(found: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, Any]:
    """Count pixels in both and in either map (K,2), by class and by `MERGED`; `truth`: pixels of each class."""
    known, merged, count = truth != UNKNOWN, merged_classes(), len(SCENE_CLASSES)
    true = truth[known]
    result: dict[str, Any] = {"truth": np.bincount(true, minlength=count).tolist(), "systems": {}}
    for name, classes in found.items():
        told = classes[known]
        result["systems"][name] = {
            "classes": intersection_and_union(told, true, count).tolist(),
            "merged": intersection_and_union(merged[told], merged[true], REST + 1).tolist(),
        }
    return result


# ---- depth order


def _score_order(
    case: SceneCase, truth: tuple[np.ndarray, np.ndarray], planes: dict[str, np.ndarray]
) -> list[dict[str, Any]]:
    """Judge what planes (H,W) tell of every touching pair: {pair, right: {system: 0, 0.5 or 1}}."""
    parts, nearness = truth
    votes = {name: outline_votes(parts, plane) for name, plane in planes.items()}
    pairs = votes[MODEL]
    votes |= cue_votes(parts, pairs)
    if case.picture.scenic:  # of portraits it is the truth
        votes[PRIOR] = _prior_votes(parts, case.picture.labels, pairs)
    right = {name: pairs_right(told, nearness) for name, told in votes.items()}
    return [{"pair": pair, "right": {name: judged[pair] for name, judged in right.items()}} for pair in right[MODEL]]


def _sort_parts(parts: np.ndarray, labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Sort true parts (H,W), 0 for none, by their true classes and the depth (H,W): the place of every pixel's part."""
    small = resize_labels(parts, fit_size(parts.shape, SORTED_SIZE))
    present = np.unique(small[small > 0])
    place = np.zeros(int(parts.max()) + 1, np.float32)
    if len(present):
        classes = [int(np.median(labels[parts == part])) for part in present]
        kinds = ["unknown" if known == UNKNOWN else ALL_CLASSES.names[known] for known in classes]
        index = np.searchsorted(present, np.maximum(small, present[0]))
        order = far_to_near(index, kinds, resize(depth, small.shape[::-1]))
        place[present[order]] = np.arange(1, len(present) + 1)
    return place[parts]


def _prior_votes(parts: np.ndarray, labels: np.ndarray, pairs: Votes) -> Votes:
    """Vote by what is usual of the true classes of the pairs; undecided where a class is not known."""
    prior = order_prior()
    known = {part: int(np.median(labels[parts == part])) for part in {part for pair in pairs for part in pair}}
    return {(i, j): float(prior[known[j], known[i]]) if UNKNOWN not in (known[i], known[j]) else 0.0 for i, j in pairs}


# ---- what lies behind


def _whole_layers(case: SceneCase) -> LayeredPicture | None:
    """Read the whole extents of layered art; None where the manifest has none."""
    if not case.row.get("amodal"):
        return None
    return next(file for file in find_layered(case.folder) if file.name == case.picture.name).load()


def _score_amodal(picture: LayeredPicture) -> list[dict[str, Any]]:
    """Score completions of each layer that is partly hidden: {layer, systems: {name: [IoU, IoU of what is hidden]}}."""
    found = extents(picture.layers, picture.label_set)
    scores = []
    for part in hidden_parts(picture.layers, picture.extents):
        visible, extent = picture.layers == part, picture.extents[part - 1]
        completions = {
            "completion": found[part],
            "nearest part": nearest_completion(picture.layers, part),
            "visible only": visible,
        }
        systems = {name: amodal_iou(mask, extent, visible) for name, mask in completions.items()}
        scores.append({"layer": part, "systems": systems})
    return scores


# ---- contact sheet


def _write_strip(case: SceneCase, depth: np.ndarray, shown: list[np.ndarray]) -> None:
    """Picture, true classes (black: not known), found classes, depth (near is bright), things."""
    colours = np.array([*ALL_CLASSES.colours, *[(0, 0, 0)] * (UNKNOWN + 1 - len(ALL_CLASSES))], np.uint8)
    grey = np.repeat(np.round(depth * 255).astype(np.uint8)[..., None], 3, 2)
    width, height = size = fit_size(depth.shape, THUMB)
    cells = []
    for cell in (case.picture.image, colours[case.picture.labels], shown[0], grey, *shown[1:]):
        plain = cell is not case.picture.image and cell is not grey  # colours of classes are not mixed
        small = cv2.resize(cell, size, interpolation=cv2.INTER_NEAREST if plain else cv2.INTER_AREA)
        framed = np.pad(small.reshape(height, width, 3), ((0, 0), (0, 3), (0, 0)), constant_values=255)
        cells.append(framed.astype(np.float32) / 255)
    write_row(case.settings.thumbs / f"{case.name}.png", cells)
