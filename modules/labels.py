"""Label sets: names, colours and parents of the classes of a label map, and its PNG and JSON formats.

A label map gives the class of every pixel. It has three representations, all converted here: an index map (integers),
a one-hot tensor (the networks' input), and a paletted PNG (for exchange; the pixel value is the class index). This
module does not import torch, so that programs which only read label maps start fast.
"""

import colorsys
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .io.errors import UserError, choices
from .io.files import atomic_file, read_file, read_json
from .io.limits import MAX_PIXELS
from .io.png import png_info
from .io.png_chunks import find_damage

if TYPE_CHECKING:
    from torch import Tensor

Colour = tuple[int, int, int]
NO_PARENT = -1
MAX_CLASSES = 256  # a palette has 256 entries and a pixel of an 8-bit PNG 256 values
LABEL_SET = "LabelSet"  # PNG text in which a label map says what its values are


@dataclass(frozen=True)
class LabelSet:
    """The classes of a label map.

    Attributes:
        names: class i is called `names[i]`.
        colours: one RGB colour (0..255) per class, for the PNG's palette and for display.
        parents: for each class the index of the class that lies directly beneath it (the face beneath the eyes), or -1
            for none. The simulated painter paints parents before their children.
        pieces: for the last len(pieces) classes the class that each is a piece of (`split`). They are painted as parts
            of their own; the models see the class that they were cut from.
        kinds: what each part shows, one of `SCENE_CLASSES` or another name ("tree 1" is a tree); empty: its own name.
        ranks: how near each part is, far parts first; empty: parents before children, then as listed.

    Raises:
        UserError: the lists are inconsistent.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    parents: tuple[int, ...]
    pieces: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.names)
        if not 1 <= n <= MAX_CLASSES:
            raise UserError("The label set cannot be used.", f"It has {n} classes; 1 to {MAX_CLASSES} are possible.")
        if len(self.colours) != n or len(self.parents) != n:
            raise UserError(
                "The label set cannot be used.",
                f"It has {n} names, {len(self.colours)} colours and {len(self.parents)} parents.",
                "Give every name one colour and one parent (or none).",
            )
        double = sorted({name for name in self.names if self.names.count(name) > 1 or not name})
        if double:
            raise UserError("The label set cannot be used.", f"Empty or repeated class names: {double}.")
        if odd := [name for name in (*self.names, *self.kinds) if not name.isprintable() or name != name.strip()]:
            why = f"{odd[0]!r} begins or ends with a space, or cannot be printed."
            raise UserError("The label set cannot be used.", why, "Use letters, digits and spaces between them.")
        for name, colour in zip(self.names, self.colours, strict=True):
            if len(colour) != 3 or not all(0 <= c <= 255 for c in colour):
                raise UserError(
                    "The label set cannot be used.", f"The colour of {name!r} is {colour}, not three numbers 0..255."
                )
        for name, parent in zip(self.names, self.parents, strict=True):
            if not NO_PARENT <= parent < n:
                raise UserError("The label set cannot be used.", f"{name!r} has parent {parent}, which is not a class.")
        for i in range(n):
            self.ancestors(i)  # raises on a circle
        if len(self.kinds) not in (0, n) or len(self.ranks) not in (0, n):
            raise UserError("The label set cannot be used.", f"Not each of its {n} classes has a kind and a rank.")
        for i, parent in enumerate(self.parents if self.ranks else ()):
            if parent != NO_PARENT and self.ranks[i] < self.ranks[parent]:
                raise UserError(
                    "The label set cannot be used.",
                    f"{self.names[i]!r} lies on {self.names[parent]!r}, but its rank is farther away.",
                    "Give it the same rank or a higher one.",
                )
        if not all(0 <= whole < n - len(self.pieces) for whole in self.pieces):
            raise UserError("The label set cannot be used.", f"{self.pieces} are not all classes that can have pieces.")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def hash(self) -> str:
        """16 hex digits, equal for sets that are the same to a model: names in order, parents; not colours, pieces."""
        whole = len(self) - len(self.pieces)
        text = json.dumps({"names": self.names[:whole], "parents": self.parents[:whole]}, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def named(self) -> bool:
        """Whether these are the portrait classes, which the portrait weights know by name.

        Parts of any other set, such as clusters, are given to the models as outlines without a class.
        """
        return self.names[: len(self) - len(self.pieces)] == PORTRAIT.names

    @cached_property
    def base_classes(self) -> np.ndarray:
        """(K,) for every class the class that it is a piece of, or itself."""
        return np.array([*range(len(self) - len(self.pieces)), *self.pieces])

    def kind(self, i: int) -> str:
        """Return what part i shows: its class ("tree" for "tree 2"), or else its name."""
        return self.kinds[i] if self.kinds else self.names[i]

    @property
    def depth_order(self) -> np.ndarray:
        """(K,) place of each class from far (0) to near: by `ranks`, or else by number of ancestors; then as listed.

        Hair lies over the face and features over both, whatever their depth in the tree; sets of things, which have no
        parents, are listed far to near.
        """
        n = len(self)
        nearness = self.ranks or [len(self.ancestors(i)) for i in range(n)]
        place = np.empty(n, np.int64)
        place[sorted(range(n), key=lambda i: (nearness[i], i))] = np.arange(n)
        return place

    def present(self, labels: np.ndarray) -> list[int]:
        """List the classes that have pixels in an index map (H,W); padding (class `edge`) is no part."""
        edge = self.names.index("edge") if "edge" in self.names else NO_PARENT
        return [int(k) for k in np.flatnonzero(np.bincount(labels.reshape(-1))) if k != edge]

    def base_class_name(self, i: int) -> str:
        """Return the name of the class that class i is a piece of, or its own name."""
        return self.names[self.base_classes[i]]

    def split(self, name: str, names: tuple[str, ...], kinds: tuple[str, ...] = ()) -> "LabelSet":
        """Return this set with pieces of the class `name`, called `names`, added at its end.

        kinds: what the pieces show; without, what the class does.

        Raises UserError for an unknown class, one that is a piece itself, or names that are taken.
        """
        whole = self.index(name)
        if whole >= len(self) - len(self.pieces):
            raise UserError(f"{name!r} cannot be split.", "It already is a piece.", "Give one mask with more shades.")
        colour, n = np.array(self.colours[whole]), len(names)
        shades = [colour * (1 - (i + 1) / (n + 1)) + 255 * (i + 1) / (n + 1) for i in range(n)]
        return LabelSet(
            (*self.names, *names),
            (*self.colours, *(tuple(int(v) for v in shade) for shade in shades)),  # type: ignore[arg-type]
            (*self.parents, *[self.parents[whole]] * n),
            (*self.pieces, *[whole] * n),
            (*map(self.kind, range(len(self))), *(kinds or [self.kind(whole)] * n)) if self.kinds or kinds else (),
            (*self.ranks, *[self.ranks[whole]] * n) if self.ranks else (),
        )

    def index(self, name: str) -> int:
        """Return the class index of `name`; UserError with the valid names when there is no such class."""
        if name not in self.names:
            raise UserError(f"There is no part called {name!r}.", fix=choices(name, self.names))
        return self.names.index(name)

    def ancestors(self, i: int) -> tuple[int, ...]:
        """Return the classes beneath class i, nearest first: for the eyes face, body, background."""
        found: list[int] = []
        parent = self.parents[i]
        while parent != NO_PARENT:
            if parent == i or parent in found:
                raise UserError("The label set cannot be used.", f"The parents of {self.names[i]!r} form a cycle.")
            found.append(parent)
            parent = self.parents[parent]
        return tuple(found)

    # ---- tensors

    def one_hot(self, labels: "Tensor") -> "Tensor":
        """Convert an index map (B,H,W) int64 to (B,K,H,W) float32 zeros and ones, on the same device."""
        b, h, w = labels.shape
        return labels.new_zeros((b, len(self), h, w)).scatter_(1, labels[:, None], 1).float()

    # ---- pictures

    def colourise(self, labels: np.ndarray) -> np.ndarray:
        """Draw an index map (H,W) in the classes' colours, (H,W,3) uint8."""
        return np.array(self.colours, dtype=np.uint8)[labels]

    def save_png(self, path: Path | str, labels: np.ndarray, text: Mapping[str, str] | None = None) -> None:
        """Write an index map (H,W) as a paletted PNG: pixel value = class index; this set and `text` as metadata.

        Raises ValueError for values that are not classes of this set.
        """
        labels = np.asarray(labels)
        if labels.ndim != 2 or labels.size == 0 or labels.min() < 0 or labels.max() >= len(self):
            raise ValueError(f"expected a (H,W) map of values 0..{len(self) - 1}, got shape {labels.shape}")
        picture = Image.fromarray(labels.astype(np.uint8))
        picture.putpalette([c for colour in self.colours for c in colour])
        with atomic_file(path) as part:
            own = {LABEL_SET: json.dumps(self.to_json(), ensure_ascii=False)}
            picture.save(part, format="PNG", optimize=False, pnginfo=png_info(own | dict(text or {})))

    def load_png(
        self, path: Path | str, size: tuple[int, int] | None = None, *, content: bytes | None = None
    ) -> np.ndarray:
        """Read a paletted or 8-bit grey PNG whose values are class indices as (H,W) uint8.

        Args:
            size: required (width, height) in pixels.
            content: the file's content if it was read already; then `path` is only named in messages.

        Raises:
            UserError: the file is missing, damaged, another kind of picture, of another size, or has values that are
                not classes of this set.
        """
        what = f"{path} cannot be used as a label map."
        try:
            content = read_file(path, what) if content is None else content
            with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
                mode = picture.mode
                if mode not in ("P", "L"):
                    raise UserError(
                        what, f"Its pixels are {mode} colours, not class indices.",
                        "Save it as a paletted (indexed) or 8-bit grey PNG, pixel value = class index.",
                    )  # fmt: skip
                if size is not None and picture.size != tuple(size):
                    raise UserError(
                        what,
                        f"It is {picture.width}x{picture.height} pixels, the picture is {size[0]}x{size[1]}.",
                        "Give a label map of exactly the picture's size.",
                    )
                if picture.width * picture.height > MAX_PIXELS:
                    raise ValueError(f"its header claims {picture.width}x{picture.height} pixels")
                if damage := find_damage(content):
                    raise ValueError(damage)
                labels = np.array(picture, dtype=np.uint8)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise UserError(what, f"It is not a readable PNG ({error}).", "Give a complete PNG file.") from error
        unknown = [int(v) for v in np.unique(labels) if v >= len(self)]
        if unknown:
            shown = ", ".join(map(str, unknown[:8])) + (", ..." if len(unknown) > 8 else "")
            classes = ", ".join(f"{i} {name}" for i, name in enumerate(self.names))
            raise UserError(what, f"Its values {shown} are not classes.", f"The classes are: {classes}.")
        return labels

    # ---- JSON

    def to_json(self) -> dict[str, Any]:
        """Return `{"classes": [{"name": "face", "colour": [255, 205, 170], "parent": "body"}, ...]}`.

        With `piece_of`, `class` (the kind) and `rank` where a set has them.
        """
        return {
            "classes": [
                {"name": name, "colour": list(colour), "parent": None if p == NO_PARENT else self.names[p]}
                | ({"piece_of": self.names[base]} if base != i else {})
                | ({"class": self.kinds[i]} if self.kinds else {})
                | ({"rank": self.ranks[i]} if self.ranks else {})
                for i, (name, colour, p, base) in enumerate(
                    zip(self.names, self.colours, self.parents, self.base_classes.tolist(), strict=True)
                )
            ]
        }

    def parts_json(self, present: Iterable[int]) -> list[dict[str, Any]]:
        """Return `[{"name": "tree 1", "class": "tree", "rank": 3}, ...]` of some classes; rank 0 is the farthest."""
        rank = self.depth_order.tolist()
        return [{"name": self.names[k], "class": self.kind(k), "rank": rank[k]} for k in present]

    @classmethod
    def from_json(cls, source: Mapping[str, Any] | Path | str) -> "LabelSet":
        """Read the format of `to_json` from a dict or a JSON file; `colour` and `parent` are optional.

        Raises UserError when the file is missing or not a label set.
        """
        what = "The label set cannot be read." if isinstance(source, Mapping) else f"{source} is not a label set."
        fix = 'Write {"classes": [{"name": "sky", "colour": [90, 140, 220], "parent": null}, ...]}.'
        try:
            data = source if isinstance(source, Mapping) else read_json(source, what, fix)
            classes = data["classes"]
            names = tuple(str(c["name"]) for c in classes)
            wheel = _colour_wheel(len(names))
            colours = tuple(
                tuple(int(v) for v in c["colour"]) if c.get("colour") else wheel[i] for i, c in enumerate(classes)
            )
            parents = tuple(NO_PARENT if c.get("parent") is None else names.index(c["parent"]) for c in classes)
            cut = [i for i, c in enumerate(classes) if c.get("piece_of") is not None]
            pieces = tuple(names.index(classes[i]["piece_of"]) for i in cut)
            if cut != list(range(len(names) - len(cut), len(names))):
                raise ValueError("pieces of classes must come last")
            kinds = tuple(str(c["class"]) for c in classes if c.get("class"))
            ranks = tuple(int(c["rank"]) for c in classes if c.get("rank") is not None)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise UserError(what, f"{type(error).__name__}: {error}", fix) from None
        return cls(names, colours, parents, pieces, kinds, ranks)  # type: ignore[arg-type]  # __post_init__ checks the colours' length


def _colour_wheel(n: int) -> tuple[Colour, ...]:
    """Return n colours of which neighbours are easy to tell apart: golden-ratio steps round the colour wheel."""
    colours = []
    for i in range(n):
        rgb = colorsys.hsv_to_rgb(i * 0.618034 % 1.0, 0.55 + 0.15 * (i % 3), 0.9 - 0.12 * (i % 4))
        colours.append(tuple(round(255 * c) for c in rgb))
    return tuple(colours)  # type: ignore[arg-type]


PORTRAIT = LabelSet.from_json(
    {
        "classes": [
            # border or padding that is not painting, including the padding that ppp adds
            {"name": "edge", "colour": (0, 0, 0)},
            {"name": "background", "colour": (150, 150, 150)},
            {"name": "hair", "colour": (120, 70, 20), "parent": "face"},
            {"name": "clothes", "colour": (40, 90, 200), "parent": "body"},
            {"name": "eyebrows", "colour": (90, 200, 60), "parent": "face"},
            {"name": "eyes", "colour": (0, 230, 230), "parent": "face"},
            {"name": "nose", "colour": (255, 170, 0), "parent": "face"},
            {"name": "mouth", "colour": (220, 20, 60), "parent": "face"},
            {"name": "face", "colour": (255, 205, 170), "parent": "body"},
            {"name": "body", "colour": (200, 120, 200), "parent": "background"},
        ]
    }
)


FACIAL_FEATURES = ("eyebrows", "eyes", "nose", "mouth")


def cluster_label_set(n: int) -> LabelSet:
    """Make a label set of unnamed parts, "part 1" to "part n" (n 1..255), far to near, without parents.

    Index 0 is "edge" as in the portrait set, so that part i has index i.
    """
    if not 1 <= n < MAX_CLASSES:
        raise UserError(f"A picture cannot have {n} parts.", fix=f"Use 1 to {MAX_CLASSES - 1}.")
    names = ("edge", *(f"part {i}" for i in range(1, n + 1)))
    return LabelSet(names, ((0, 0, 0), *_colour_wheel(n)), (NO_PARENT,) * (n + 1))


def label_edges(labels: Any) -> Any:
    """Find the boundaries of a label map (B,H,W) of integers as (B,1,H,W) float32; of an array or a tensor, the same.

    1 where a 4-neighbour has another label; the picture's border is not a boundary.
    """
    edges = labels != labels  # False everywhere
    rows = labels[:, 1:] != labels[:, :-1]
    columns = labels[:, :, 1:] != labels[:, :, :-1]
    edges[:, 1:] |= rows
    edges[:, :-1] |= rows
    edges[:, :, 1:] |= columns
    edges[:, :, :-1] |= columns
    return edges[:, None].astype(np.float32) if isinstance(edges, np.ndarray) else edges[:, None].float()
