"""Layered pictures: an image with its visible layer map and the amodal mask of every layer, and their files.

In a folder: `manifest.jsonl`, and for each picture `images/NAME.png`, `layers/NAME.png` (paletted: 0 nothing, i = layer
i is on top, 1 was painted first) and `amodal/NAME.png` (1-bit: the layers' whole extents, stacked from top to bottom).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ...imaging.picture import read_levels
from ...io.errors import UserError
from ...io.files import atomic_file, read_file
from ...io.png import write_rgb
from ...io.png_chunks import find_damage
from ...labels import MAX_CLASSES, LabelSet
from ...things import ALL_CLASSES, thing_label_set
from ..manifest import manifest_path, read_manifest

UNKNOWN = "unknown"
MAX_LAYERS = MAX_CLASSES - 1
KINDS = frozenset({*ALL_CLASSES.names[1:], UNKNOWN})
"""What a layer can show: a portrait or scene class, or "unknown"."""

_FIX = "Make the folder again (ppp data layered), or take the picture out of its manifest."


@dataclass(frozen=True)
class LayeredPicture:
    """A picture and the layers it was made of; layer i (from 1) was painted before layer i + 1.

    Attributes:
        image: (H,W,3) uint8 RGB.
        layers: (H,W) uint8, the topmost layer that is visible at each pixel; 0 where there is none.
        extents: (n,H,W) bool, each layer's amodal mask: the visible part and what nearer layers hide of it.
        names: what the source file calls each layer; may be empty.
        kinds: what each layer shows, one of `KINDS`.

    Raises:
        ValueError: the parts do not fit each other.
    """

    image: np.ndarray
    layers: np.ndarray
    extents: np.ndarray
    names: tuple[str, ...]
    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        n, shape = len(self.kinds), self.layers.shape
        if not 1 <= n <= MAX_LAYERS:
            raise ValueError(f"it has {n} layers; 1 to {MAX_LAYERS} are possible")
        if len(self.names) != n or self.extents.shape != (n, *shape) or self.image.shape != (*shape, 3):
            raise ValueError(
                f"{n} kinds, {len(self.names)} names, image {self.image.shape}, layers {shape} and extents "
                f"{self.extents.shape} do not fit each other"
            )
        if (self.image.dtype, self.layers.dtype, self.extents.dtype) != (np.uint8, np.uint8, np.bool_):
            raise ValueError("image and layers must be uint8, extents bool")
        if unknown := sorted({*self.kinds} - KINDS):
            raise ValueError(f"{', '.join(map(repr, unknown))} is no class of layers")
        if self.layers.max(initial=0) > n:
            raise ValueError(f"its layer map names layer {self.layers.max()} of {n}")
        for i in range(n):
            if (~self.extents[i] & (self.layers == i + 1)).any():
                raise ValueError(f"layer {i + 1} is visible outside of its extent")

    @property
    def label_set(self) -> LabelSet:
        """The classes of `layers` as a label map: layer i is thing i, and 0 is "edge"."""
        return layer_label_set(self.kinds)


def layer_label_set(kinds: Iterable[str]) -> LabelSet:
    """Make the label set of a layer map from the kinds of its layers; a layer of an unknown kind is called "thing"."""
    return thing_label_set(["thing" if kind == UNKNOWN else kind for kind in kinds])


def topmost(extents: np.ndarray) -> np.ndarray:
    """Find the layer on top at each pixel: (n,H,W) bool, first layer first, to (H,W) uint8; 0 = none."""
    layers = np.zeros(extents.shape[1:], np.uint8)
    for i, extent in enumerate(extents, 1):
        layers[extent] = i
    return layers


def layered_row(name: str, picture: LayeredPicture, **more: Any) -> dict[str, Any]:
    """Make a picture's row of the manifest; `write_layered` writes the files that it names."""
    height, width = picture.layers.shape
    paths = {
        key: f"{part}/{name}.png" for key, part in (("file", "images"), ("layers", "layers"), ("amodal", "amodal"))
    }
    sizes = {"n_layers": len(picture.kinds), "width": width, "height": height}
    return paths | sizes | {"names": list(picture.names), "classes": list(picture.kinds), "split": "train"} | more


def write_layered(folder: Path, name: str, picture: LayeredPicture, **more: Any) -> dict[str, Any]:
    """Write a picture's three files into a data folder.

    Args:
        name: of the files, without ending.
        more: further keys of the row, such as `kind`, `split`, `source` and `licence`.

    Returns:
        the picture's row, for `write_manifest`.
    """
    row = layered_row(name, picture, **more)
    with atomic_file(folder / row["file"]) as part:
        write_rgb(part, picture.image)
    picture.label_set.save_png(folder / row["layers"], picture.layers)
    with atomic_file(folder / row["amodal"]) as part:
        Image.fromarray(picture.extents.reshape(-1, picture.layers.shape[1])).save(part, format="PNG")
    return row


@dataclass(frozen=True)
class LayeredFile:
    """A layered picture on disk: the folder of its manifest, and its row there."""

    folder: Path
    row: dict[str, Any]

    @property
    def name(self) -> str:
        return Path(self.row["file"]).stem

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each layer shows; "unknown" where the row does not say.

        Raises UserError for a row that does not list one class for each layer.
        """
        return row_kinds(self.folder, self.row)

    def load(self) -> LayeredPicture:
        """Read the picture.

        Raises UserError: a file is missing, damaged or of another size, or the row does not fit the files.
        """
        image_path, map_path, masks_path = (
            manifest_path(self.folder, self.row[key]) for key in ("file", "layers", "amodal")
        )
        kinds = self.kinds
        names = self.row.get("names") or [""] * len(kinds)
        image = read_levels(image_path)
        height, width = image.shape[:2]
        layers = layer_label_set(kinds).load_png(map_path, (width, height))
        extents = _read_masks(masks_path, len(kinds), (width, height))
        try:
            return LayeredPicture(image, layers, extents, tuple(names), kinds)
        except ValueError as error:
            raise UserError(f"{image_path} cannot be used as a layered picture.", f"{error}.", _FIX) from None


def find_layered(folder: Path) -> list[LayeredFile]:
    """List the layered pictures of a data folder in the order of its manifest; rows without `layers` are left out.

    Raises UserError: there is no manifest, it is damaged, or it has no layered pictures.
    """
    rows = [row for row in read_manifest(folder) if row.get("layers") and row.get("amodal")]
    if not rows:
        raise UserError(
            f"No layered pictures in {folder}.",
            "No row of its manifest has layers.",
            "Make some with ppp data layered.",
        )
    return [LayeredFile(folder, row) for row in rows]


def row_kinds(folder: Path, row: dict[str, Any]) -> tuple[str, ...]:
    """Read what each layer of a manifest's row shows; `LayeredFile.kinds` has the rules."""
    what = f"{row['file']} of {folder} cannot be used as a layered picture."
    count, classes = row.get("n_layers"), row.get("classes")
    if not isinstance(count, int) or not 1 <= count <= MAX_LAYERS:
        raise UserError(what, f"Its row has n_layers {count!r}; 1 to {MAX_LAYERS} are possible.", _FIX)
    if not classes:
        return (UNKNOWN,) * count
    if len(classes) != count or not KINDS.issuperset(classes):
        valid = ", ".join(sorted(KINDS))
        raise UserError(what, f"Its row does not have one class for each of {count} layers.", f"Use: {valid}.")
    return tuple(classes)


def _read_masks(path: Path, count: int, size: tuple[int, int]) -> np.ndarray:
    """Read `count` masks of size = (width, height), stacked from top to bottom, as (n,H,W) bool."""
    what, (width, height) = f"{path} cannot be used as the layers' extents.", size
    data = read_file(path, what, _FIX)
    # The header first: a small file may claim a picture of any size.
    claimed = tuple(int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    if claimed != (width, height * count):
        raise UserError(what, f"It has {claimed[0]} x {claimed[1]} pixels, not {width} x {height * count}.", _FIX)
    damage = find_damage(data)
    masks = None if damage else cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if masks is None:
        raise UserError(what, f"It is not a readable PNG{f' ({damage})' if damage else ''}.", _FIX)
    return masks.reshape(count, height, width) > 127
