"""SVG files as layer trees; resvg renders them."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

import numpy as np
from PIL import Image

from ...io.errors import UserError
from .extra import need_extra
from .layer_names import kind_of_names
from .layer_tree import LayerNode, fit_canvas
from .svg_document import elements_by_id, local_name, read_svg, references

_SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use", "image"}
_GROUPS = {"g", "a", "svg", "switch"}
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"


class SvgTree:
    """An SVG file taken apart at its top level; `LayerTree` has the attributes."""

    def __init__(self, path: Path, longest: int, classes: Mapping[str, str], what: str) -> None:
        """Read a file.

        Args:
            longest: longest side of the picture in pixels.
            classes: words of its names and the classes that they say, beside those known.
            what: begins the messages of errors.

        Raises:
            UserError: the file cannot be used, or resvg is not installed.
        """
        self._what, self._classes = what, classes
        self._root = read_svg(path, what)
        width, height, self._view_box = _canvas(self._root)
        self.size = fit_canvas(width, height, longest, what)
        self._ids = elements_by_id(self._root)
        self._parents = {child: parent for parent in self._root.iter() for child in parent}
        self._styles = [element for element in self._root.iter() if local_name(element) == "style"]
        self.nodes = self._drawn(self._root)

    def image(self) -> np.ndarray:
        rgba = self._render([*self._root], self.size).astype(np.float32)
        alpha = rgba[:, :, 3:] / 255
        return np.round(rgba[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)

    def alpha(self, nodes: Sequence[LayerNode], size: tuple[int, int]) -> np.ndarray:
        return self._render([*self._definitions(nodes), *(self._with_groups(node.source) for node in nodes)], size)[
            :, :, 3
        ]

    def _drawn(self, group: Element) -> tuple[LayerNode, ...]:
        """List what a group draws as nodes."""
        nodes = []
        for element in group:
            tag = local_name(element)
            hidden = element.get("display") == "none" or re.search(r"display\s*:\s*none", element.get("style", ""))
            if hidden or tag not in _SHAPES | _GROUPS:
                continue
            names = _names(element)
            children = self._drawn(element) if tag in _GROUPS else ()
            if tag == "switch" and len(children) > 1:  # draws one of them; Illustrator puts a whole file into one
                children = ()
            if tag in _SHAPES | {"switch"} or children:
                kind = kind_of_names(names, self._classes)
                nodes.append(LayerNode(next(iter(names), ""), kind, element, children))
        return tuple(nodes)

    def _with_groups(self, element: Element) -> Element:
        """Copy the groups around an element, each holding nothing else: they move, clip and fade it."""
        while (parent := self._parents[element]) is not self._root:
            around = Element(parent.tag, parent.attrib)
            around.append(element)
            self._parents[around] = self._parents[parent]
            element = around
        return element

    def _definitions(self, nodes: Sequence[LayerNode]) -> list[Element]:
        """Collect styles, and gradients, clips and the like that some nodes refer to, directly or not."""
        waiting, found = [*self._styles], dict[str, Element]()
        for node in nodes:
            waiting.append(node.source)
            around = node.source
            while (around := self._parents[around]) is not self._root:
                waiting.append(Element(around.tag, around.attrib))
        while waiting:
            for element in waiting.pop().iter():
                for name in references(element):
                    if name in self._ids and name not in found:
                        found[name] = self._ids[name]
                        waiting.append(found[name])
        definitions = Element(self._root.tag.removesuffix("svg") + "defs")
        definitions.extend(found.values())
        return [*self._styles, definitions]

    def _render(self, elements: Sequence[Element], size: tuple[int, int]) -> np.ndarray:
        """Render elements of the document as (H,W,4) uint8 RGBA, alpha not multiplied in."""
        root = Element(self._root.tag, self._root.attrib | {"viewBox": self._view_box})
        root.extend(elements)
        return render_svg(root, size, self._what)


def render_svg(root: Element, size: tuple[int, int], what: str) -> np.ndarray:
    """Render a cleaned document as (H,W,4) uint8 RGBA of size = (width, height), alpha not multiplied in.

    Raises a UserError that begins with `what`: resvg refuses it, or is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise need_extra("SVG", "resvg-py") from None
    sized = Element(root.tag, root.attrib | {"width": f"{size[0]}", "height": f"{size[1]}"})
    sized.extend(root)
    try:
        png = resvg_py.svg_to_bytes(svg_string=tostring(sized, encoding="unicode"), skip_system_fonts=True)
    except ValueError as error:
        raise UserError(what, f"It cannot be rendered ({error}).", "Give a valid SVG file.") from None
    with Image.open(io.BytesIO(bytes(png))) as picture:
        return np.array(picture.convert("RGBA").resize(size))


def _names(element: Element) -> list[str]:
    """List what the file calls an element, the name that a person gave it first; Illustrator writes "_x20_" for " "."""
    title = next((child.text for child in element if local_name(child) == "title"), None)
    names = [element.get(_LABEL), element.get("data-name"), title, element.get("id")]
    return [re.sub(r"_x([0-9A-F]{2})_", lambda code: chr(int(code[1], 16)), name.strip()) for name in names if name]


def _canvas(root: Element) -> tuple[float, float, str]:
    """Read width and height in pixels, 0 where there are none, and the view box, of a document."""
    box = re.fullmatch(rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+{_NUMBER}[\s,]+{_NUMBER}\s*", root.get("viewBox", ""))
    box_width, box_height = (float(box[3]), float(box[4])) if box else (0.0, 0.0)
    width, height = (_length(root.get(side, "")) for side in ("width", "height"))
    if box_width > 0 < box_height:
        if not (width and height):
            width, height = box_width, box_height
        return width, height, root.get("viewBox", "")
    return width, height, f"0 0 {width:g} {height:g}"


def _length(text: str) -> float:
    """Read a length in pixels; 0 for none, or one relative to the page."""
    found = re.fullmatch(rf"\s*{_NUMBER}\s*([a-z]*)\s*", text)
    return float(found[1]) * _PIXELS.get(found[2], 0.0) if found else 0.0
