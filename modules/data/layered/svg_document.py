"""SVG documents: parsed without trust, so that nothing outside the file is ever loaded and nothing in it is run."""

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from PIL import Image

from ...io.errors import UserError
from ...io.files import read_file
from .extra import need_extra

MAX_SVG_BYTES = 32_000_000
MAX_DEPTH = 128  # of elements inside each other
MAX_ELEMENTS = 200_000  # with everything that `use` repeats
MAX_EMBEDDED = 16_000_000  # pixels of a picture inside the file

_REMOVED = {"script", "foreignObject", "text", "animate", "animateTransform", "animateMotion", "set", "handler"}
_EMBEDDED = re.compile(r"\s*data:image/(?:png|jpeg|jpg|gif|webp);base64,", re.ASCII)
_FIX = "Open it in a drawing program and save it as a plain SVG."


def local_name(element: Element) -> str:
    """Return an element's or attribute's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def read_svg(path: Path, what: str) -> Element:
    """Read an .svg or .svgz file and clean it: scripts, texts and references to anything outside it are removed.

    Texts go because the fonts of another machine would draw another picture.

    Raises a UserError that begins with `what`: it is no SVG, declares entities, or is too large or too deep.
    """
    return clean_svg(_uncompressed(read_file(path, what, max_bytes=MAX_SVG_BYTES), what), what)


def clean_svg(data: bytes, what: str) -> Element:
    """Parse and clean an SVG document; `read_svg` has the rules."""
    root = parse_xml(data, what)
    if local_name(root) != "svg":
        raise UserError(what, f"Its first element is {local_name(root)}, not svg.", "Give an SVG file.")
    _clean(root, what)
    _check_expanded(root, what)
    return root


def parse_xml(data: bytes, what: str) -> Element:
    """Parse XML in which nothing is expanded or fetched.

    Raises a UserError that begins with `what`: it is damaged, or declares entities.
    """
    try:
        import defusedxml.ElementTree as safe_xml
        from defusedxml import DefusedXmlException
    except ImportError:
        raise need_extra("Layered", "defusedxml") from None
    try:
        return safe_xml.fromstring(data)
    except DefusedXmlException:
        raise UserError(what, "It declares XML entities, which are not expanded.", _FIX) from None
    except (SyntaxError, ValueError, LookupError) as error:  # ParseError is a SyntaxError; an unknown encoding
        raise UserError(what, f"It is not readable XML ({error}).", "Give a complete file.") from None


def _uncompressed(data: bytes, what: str) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            data = file.read(MAX_SVG_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(what, f"It cannot be decompressed ({error}).", "Give a complete file.") from None
    if len(data) > MAX_SVG_BYTES:
        raise UserError(what, f"It has more than {MAX_SVG_BYTES // 1_000_000} MB when decompressed.", _FIX)
    return data


def _clean(root: Element, what: str) -> None:
    """Remove from the document what is not drawn, and every reference that leaves it."""
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise UserError(what, f"Its elements are more than {MAX_DEPTH} deep inside each other.", _FIX)
        for child in [*element]:
            if local_name(child) in _REMOVED:
                element.remove(child)
            else:
                waiting.append((child, depth + 1))
        for key, value in [*element.attrib.items()]:
            name = key.rpartition("}")[2]
            leaves = name in ("href", "src") and not value.strip().startswith("#") and not _is_embedded(element, value)
            if leaves or name == "base" or name.startswith("on"):
                del element.attrib[key]


def _is_embedded(element: Element, value: str) -> bool:
    """Tell whether a reference is a picture within the file, of a size that can be drawn."""
    if local_name(element) not in ("image", "feImage") or not (start := _EMBEDDED.match(value)):
        return False
    try:
        content = base64.b64decode("".join(value[start.end() :].split()), validate=True)
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "GIF", "WEBP"]) as picture:
            return picture.width * picture.height <= MAX_EMBEDDED
    except (OSError, SyntaxError, ValueError, binascii.Error, Image.DecompressionBombError):
        return False


def _check_expanded(root: Element, what: str) -> None:
    """Refuse documents in which `use` repeats elements without a bound, or in a circle."""
    targets = elements_by_id(root)
    counted: dict[Element, int] = {}

    def count(element: Element, depth: int) -> int:
        if depth > 3 * MAX_DEPTH:
            raise UserError(what, "Its `use` elements repeat each other in a circle, or too deep.", _FIX)
        if element not in counted:
            total = 1 + sum(count(child, depth + 1) for child in element)
            if (
                local_name(element) == "use"
                and (target := targets.get(next(iter(references(element)), ""))) is not None
            ):
                total += count(target, depth + 1)
            counted[element] = min(total, MAX_ELEMENTS + 1)
        return counted[element]

    if count(root, 0) > MAX_ELEMENTS:
        raise UserError(what, f"It draws more than {MAX_ELEMENTS} elements.", _FIX)


def elements_by_id(root: Element) -> dict[str, Element]:
    """Map the ids of a document to their elements; of several with one id, the first counts."""
    found: dict[str, Element] = {}
    for element in root.iter():
        if (name := element.get("id")) is not None:
            found.setdefault(name, element)
    return found


def references(element: Element) -> Iterator[str]:
    """Iterate over the ids that an element's attributes and text refer to."""
    values: list[Any] = [*element.attrib.values()]
    if local_name(element) == "style":
        values.append(element.text or "")
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == "href" and value.strip().startswith("#"):
            yield value.strip()[1:]
    for value in values:
        if "url(" in value:
            yield from re.findall(r"url\(\s*['\"]?#([^'\")]+)", value)
