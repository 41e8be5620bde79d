"""Part words: what the parts of a picture are called in a sentence, as one who paints speaks of things."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...modules.labels import FACIAL_FEATURES
from ...modules.things import SCENE_CLASSES
from ..port_values import Parts
from .colour_names import colour_name

MOST_PARTS = 4
EDGE = 0.05  # share of a part's outline along which it lies over another one, from which that is said
_PLACES = (("upper left", "top", "upper right"), ("left", "middle", "right"), ("lower left", "bottom", "lower right"))
_DEPTHS = {2: ("far", "near"), 3: ("far", "middle", "near")}  # of so many of a kind; more are told by their numbers
_UNCOUNTED = ("sky", "water", "ground", "grass", "furniture")
_PLURALS = {"person": "people"}
_VAGUE = "object"  # a kind that says so little that the colour has to


def join_words(words: Sequence[str]) -> str:
    """Join words to "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True)
class PartWords:
    """What parts are called, by their names; without any of it, a part is called by its name.

    Attributes:
        single: what a part is called by itself: "far tree", "dark red object".
        numbered: of parts that are told by a number, what they are ("part", "tree") and the number.
        hints: where a numbered part is: "dark green, lower left".
        kinds: what each part shows.
        over: the parts farther away whose edges a part lies over, the longest edge first.
    """

    single: Mapping[str, str] = field(default_factory=dict)
    numbered: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Parts, picture: np.ndarray) -> "PartWords":
        """Find what to call the parts of a picture (h,w,3) uint8, which is as large as their label map."""
        label_set, present = parts.label_set, parts.present
        by_depth = sorted(present, key=label_set.depth_order.tolist().__getitem__)
        kinds = {label_set.names[k]: label_set.kind(k) for k in by_depth}
        colours, places = _looks(parts, picture)
        single: dict[str, str] = {}
        numbered: dict[str, tuple[str, str]] = {}
        for name, kind in kinds.items():
            match = re.fullmatch(rf"({re.escape(kind)}|part) (\d+)", name)
            same = [other for other in kinds if kinds[other] == kind]
            if match is None and not name == kind == _VAGUE:  # somebody named it
                continue
            if kind == _VAGUE and len({colours[other] for other in same}) == len(same):
                single[name] = f"{colours[name]} {kind}"
            elif match and match[1] != "part" and len(same) in _DEPTHS:
                single[name] = f"{_DEPTHS[len(same)][same.index(name)]} {kind}"
            elif match and len(same) == 1 and match[1] != "part":
                single[name] = kind
            elif match:
                numbered[name] = (match[1], match[2])
        hints = {name: f"{colours[name]}, {places[name]}" for name in numbered}
        return cls(single, numbered, hints, kinds, _overlaps(parts) if label_set.kinds else {})

    def call(self, name: str) -> str:
        """Say what a part is called by itself, without an article."""
        return self.single.get(name, name)

    def name(self, parts: Sequence[str], each: bool = False) -> str:
        """Name parts in a sentence: "the hair and eyes", "the sky and trees"; a single numbered one with its hint.

        each: the features of a face by their names, also where it is all of them.
        """
        features = [part for part in FACIAL_FEATURES if part in self.kinds or not self.kinds]
        if not each and len(features) >= 3 and set(features) <= set(parts):  # of some of them it is said which
            parts = [*(part for part in parts if part not in FACIAL_FEATURES), "features"]
        named = self._together(parts)
        shown, more = named[:MOST_PARTS], sum(len(names) for _, names in named[MOST_PARTS:])
        tail = [f"{more} more"] if more > 0 else []
        if len(shown) == 1 and len(shown[0][1]) == 1 and (hint := self.hints.get(shown[0][1][0])):
            return f"{shown[0][0]} ({hint})"
        articles = [not (names[0] in self.numbered or words[0].isupper()) for words, names in shown]
        if all(articles):
            return f"the {join_words([words for words, _ in shown] + tail)}"
        rows = [f"the {words}" if article else words for (words, _), article in zip(shown, articles, strict=True)]
        return join_words(rows + tail)

    def _together(self, parts: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Join what is said in one: all things of a kind, and numbers; in words, and the parts that they stand for."""
        total, asked = (
            Counter(self.kinds[part] for part in those if part in self.single and part in self.kinds)
            for those in (self.kinds, parts)
        )
        found: dict[str, list[str]] = {}
        for part in parts:
            kind = self.kinds.get(part, part)
            whole = part in self.single and asked[kind] == total[kind] > 1
            said = plural(kind) if whole else self.numbered[part][0] if part in self.numbered else self.call(part)
            found.setdefault(said, []).append(part)
        rows: list[tuple[str, list[str]]] = []
        for said, names in found.items():
            if names[0] not in self.numbered:
                rows.append((said, names))
                continue
            shown = names[:MOST_PARTS]
            more = [f"{len(names) - MOST_PARTS} more"] if len(names) > MOST_PARTS else []
            numbers = join_words([self.numbered[name][1] for name in shown] + more)
            rows.append((f"{said if len(names) == 1 else plural(said)} {numbers}", names))
        return rows

    def over_words(self, parts: Sequence[str], begun: set[str], behind: Mapping[str, Collection[str]]) -> str:
        """Say over whose edges parts are painted, of those that are begun: ", over the edge of the sky"; "" for none.

        behind: the parts whose paint goes on behind each part.
        """
        far = [other for part in parts for other in self.over.get(part, ()) if other in begun and other not in parts]
        far = list(dict.fromkeys(far))[:2]
        if not far:
            return ""
        goes_on = all(set(far) & set(self.over.get(part, ())) <= set(behind.get(part, ())) for part in parts)
        them = "it" if len(parts) == 1 else "them"
        on = f", which go{'es' if len(far) == 1 else ''} on behind {them}" if goes_on else ""
        return f", over the edge{'s' if len(far) > 1 else ''} of {self.name(far)}{on}"


def plural(kind: str) -> str:
    """Name several things of a kind."""
    if kind in _UNCOUNTED or kind.endswith("s"):
        return kind
    return _PLURALS.get(kind, f"{kind}s")


def _looks(parts: Parts, picture: np.ndarray) -> tuple[dict[str, str], dict[str, str]]:
    """Name each part's colour, and its place in the picture."""
    colours, places = {}, {}
    height, width = parts.labels.shape
    for k, name in zip(parts.present, parts.names, strict=True):
        rows, columns = np.nonzero(parts.labels == k)
        y, x = (int(at >= 0.37) + int(at > 0.63) for at in (rows.mean() / height, columns.mean() / width))
        colours[name] = colour_name(np.median(picture[rows, columns], axis=0).astype(np.uint8))
        places[name] = _PLACES[y][x]
    return colours, places


def _overlaps(parts: Parts) -> dict[str, tuple[str, ...]]:
    """Find the things of a scene over whose edges each part lies, as (h,w) labels and ranks have it."""
    label_set, labels = parts.label_set, parts.labels.astype(np.int64)
    n, depth = len(label_set), label_set.depth_order
    pairs = np.concatenate(
        [(a * n + b)[a != b] for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1]))]
    )
    shared = np.bincount(pairs, minlength=n * n).reshape(n, n)
    shared = shared + shared.T
    found = {}
    for k in parts.present:
        far = [
            j
            for j in np.argsort(-shared[k], kind="stable").tolist()
            if shared[k, j] > EDGE * shared[k].sum() and depth[j] < depth[k] and label_set.kind(j) in SCENE_CLASSES
        ]
        found[label_set.names[k]] = tuple(label_set.names[j] for j in far)
    return found
