"""Layered files that tests write: a landscape with a tree, a house and details, as SVG and OpenRaster."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

LANDSCAPE = """
  <rect id="sky" width="120" height="90" fill="#87beeb"/>
  <path id="hills" d="M0 60 Q40 20 80 50 T120 45 V90 H0 Z" fill="#8c78a0"/>
  <g id="house">
    <rect x="70" y="46" width="30" height="30" fill="#c85032"/>
    <rect x="80" y="56" width="10" height="20" fill="#402010"/>
  </g>
  <g id="g12"><circle id="tree-1" cx="30" cy="50" r="20" fill="#1e7832"/><rect x="27" y="66" width="6" height="16"/></g>
  <circle id="path7" cx="30" cy="46" r="6" fill="#e63c28"/>
  <ellipse id="bush" cx="76" cy="78" rx="16" ry="9" fill="#e66eaa"/>
"""


def write_svg(path: Path, body: str = LANDSCAPE, head: str = "", attributes: str = 'viewBox="0 0 120 90"') -> Path:
    """Write an SVG file of 120 x 90 units."""
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    path.write_text(f"{head}<svg {spaces} {attributes}>{body}</svg>", encoding="utf-8")
    return path


def disc(size: int, colour: str) -> Image.Image:
    """Draw a disc on nothing, RGBA."""
    picture = Image.new("RGBA", (size, size))
    ImageDraw.Draw(picture).ellipse((0, 0, size - 1, size - 1), fill=colour)
    return picture


def png_bytes(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, format="PNG")
    return data.getvalue()


PICTURES = {"sky": Image.new("RGBA", (120, 90), "#87beeb"), "disc": disc(60, "#1e7832"), "big": disc(200, "#8c78a0")}
STACK = """
  <layer name="shade" src="data/disc.png" x="70" y="0" composite-op="svg:multiply"/>
  <stack name="trees"><layer name="front" src="data/disc.png" x="30" y="40"/></stack>
  <layer name="draft" src="data/disc.png" x="80" y="10" visibility="hidden"/>
  <layer name="tree" src="data/disc.png" x="-20" y="30"/>
  <layer name="mountain" src="data/big.png" x="20" y="40"/>
  <layer name="sky" src="data/sky.png"/>
"""


def write_ora(
    path: Path, stack: str = STACK, head: str = '<image w="120" h="90">', files: Mapping[str, bytes] | None = None
) -> Path:
    """Write an OpenRaster file; `files` are added, or take the place of the usual ones."""
    content = {f"data/{name}.png": png_bytes(picture) for name, picture in PICTURES.items()}
    content |= {"mimetype": b"image/openraster", "stack.xml": f"{head}<stack>{stack}</stack></image>".encode()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, **(files or {})}.items():
            archive.writestr(name, data)
    return path
