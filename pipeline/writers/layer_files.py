"""Files of layers: OpenRaster (Krita, GIMP, MyPaint) and Photoshop, written one layer after the other."""

import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np

from ...modules.imaging.resize import fit_size, resize
from ...modules.io.errors import UserError, install_extra
from ..provenance import one_line, stamped_png, xmp
from .layer_pixels import LayerPicture

THUMBNAIL = 256  # most pixels of its sides
MOST_SIDE_PSD = 30_000
_STATE = {"opacity": "1.0", "visibility": "visible"}
_OVER, _TIMES = {"composite-op": "svg:src-over"}, {"composite-op": "svg:multiply"}


class LayerFile(ABC):
    """A file of layers that is being written: layers and groups come from the lowest to the uppermost."""

    ending: str

    @abstractmethod
    def __init__(self, path: Path, size: tuple[int, int], text: Mapping[str, str]) -> None:
        """Begin a file of a size (width, height) with metadata."""

    @staticmethod  # noqa: B027  (most need none)
    def check() -> None:
        """Raise UserError where a package is missing."""

    @abstractmethod
    def begin_group(self) -> None:
        """Begin a group; groups are not nested."""

    @abstractmethod
    def end_group(self, name: str) -> None:
        """End the group and name it."""

    @abstractmethod
    def add(self, name: str, picture: LayerPicture) -> None:
        """Write a layer over those so far, in the group if one is open."""

    @abstractmethod
    def close(self, merged: np.ndarray) -> None:
        """Write what is left: the merged picture (H,W,3) uint8 for programs that read no layers."""

    def abort(self) -> None:  # noqa: B027
        """Close the file after a failure."""


class OpenRasterFile(LayerFile):
    """A zip of PNGs and stack.xml. Groups are no islands: what multiplies shades what lies below its group, too."""

    ending = "ora"

    def __init__(self, path: Path, size: tuple[int, int], text: Mapping[str, str]) -> None:
        self._text, self._count = text, 0
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self._write("mimetype", b"image/openraster")  # comes first, and is not compressed
        self._image = ElementTree.Element(
            "image", version="0.0.6", w=str(size[0]), h=str(size[1]), xres="72", yres="72"
        )
        self._open = self._root = ElementTree.SubElement(self._image, "stack")

    def _write(self, name: str, data: bytes) -> None:
        self._zip.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)  # the same file for the same layers

    def begin_group(self) -> None:
        self._open = ElementTree.Element("stack", {"isolation": "auto", **_STATE, **_OVER})
        self._root.insert(0, self._open)  # the file has the uppermost first

    def end_group(self, name: str) -> None:
        self._open.attrib = {"name": name, **self._open.attrib}
        self._open = self._root

    def add(self, name: str, picture: LayerPicture) -> None:
        source = f"data/layer{self._count:04}.png"
        self._count += 1
        written, data = cv2.imencode(".png", cv2.cvtColor(picture.rgba, cv2.COLOR_RGBA2BGRA))
        assert written
        self._write(source, data.tobytes())
        place = {"x": str(picture.left), "y": str(picture.top)}
        over = _TIMES if picture.multiplies else _OVER
        self._open.insert(0, ElementTree.Element("layer", {"name": name, "src": source, **place, **_STATE, **over}))

    def close(self, merged: np.ndarray) -> None:
        height, width = merged.shape[:2]
        small = merged
        if max(height, width) > THUMBNAIL:
            small = np.clip(resize(merged.astype(np.float32), fit_size(merged.shape, THUMBNAIL)), 0, 255)
        self._image.insert(0, ElementTree.Comment(f" {one_line(self._text)} "))
        ElementTree.indent(self._image)
        self._write("stack.xml", ElementTree.tostring(self._image, encoding="UTF-8", xml_declaration=True))
        self._write("mergedimage.png", stamped_png(merged, self._text))
        self._write("Thumbnails/thumbnail.png", stamped_png(np.rint(small).astype(np.uint8), self._text))
        self._zip.close()

    def abort(self) -> None:
        self._zip.close()


class PhotoshopFile(LayerFile):
    """A PSD, written with psd-tools; its layers are held compressed until the end, since their sizes stand first."""

    ending = "psd"

    def __init__(self, path: Path, size: tuple[int, int], text: Mapping[str, str]) -> None:
        if max(size) > MOST_SIDE_PSD:
            what = f"A picture of {size[0]}x{size[1]} pixels cannot be written as PSD."
            raise UserError(what, f"Its sides are at most {MOST_SIDE_PSD} pixels long.", "Use --layers ora.")
        self._path, self._size, self._text = path, size, text
        self._records: list[tuple[Any, Any]] = []

    @staticmethod
    def check() -> None:
        if find_spec("psd_tools") is None:
            raise UserError(
                "--layers psd cannot be written.", "The package psd-tools is not installed.",
                f"Use --layers ora. {install_extra('data')}",
            )  # fmt: skip

    def begin_group(self) -> None:
        from psd_tools.constants import SectionDivider

        self._divider("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER)

    def end_group(self, name: str) -> None:
        from psd_tools.constants import SectionDivider

        self._divider(name, SectionDivider.OPEN_FOLDER)

    def _divider(self, name: str, kind: Any) -> None:
        from psd_tools.constants import BlendMode, Tag

        # A group passes through: what multiplies shades what lies below it, too.
        record, channels = _record(name, 0, 0, np.zeros((0, 0, 4), np.uint8), BlendMode.PASS_THROUGH)
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, kind=kind, signature=b"8BIM", blend_mode=BlendMode.PASS_THROUGH
        )
        self._records.append((record, channels))

    def add(self, name: str, picture: LayerPicture) -> None:
        from psd_tools.constants import BlendMode

        mode = BlendMode.MULTIPLY if picture.multiplies else BlendMode.NORMAL
        self._records.append(_record(name, picture.top, picture.left, picture.rgba, mode))

    def close(self, merged: np.ndarray) -> None:
        from psd_tools.constants import ColorMode, Compression, Resource
        from psd_tools.psd import PSD
        from psd_tools.psd.header import FileHeader
        from psd_tools.psd.image_data import ImageData
        from psd_tools.psd.image_resources import ImageResource, ImageResources
        from psd_tools.psd.layer_and_mask import (
            ChannelImageData,
            GlobalLayerMaskInfo,
            LayerAndMaskInformation,
            LayerInfo,
            LayerRecords,
        )

        width, height = self._size
        header = FileHeader(version=1, channels=3, height=height, width=width, depth=8, color_mode=ColorMode.RGB)
        resources = ImageResources.new()
        key = Resource.XMP_METADATA
        resources[key] = ImageResource(key=key.value, data=xmp(self._text))
        picture = ImageData(compression=Compression.RLE)
        picture.set_data([merged[..., i].tobytes() for i in range(3)], header)
        info = LayerInfo(
            layer_count=len(self._records),
            layer_records=LayerRecords([record for record, _ in self._records]),
            channel_image_data=ChannelImageData([channels for _, channels in self._records]),
        )
        layers = LayerAndMaskInformation(layer_info=info, global_layer_mask_info=GlobalLayerMaskInfo())
        document = PSD(header=header, image_resources=resources, layer_and_mask_information=layers, image_data=picture)
        with self._path.open("wb") as file:
            document.write(file)


def _record(name: str, top: int, left: int, rgba: np.ndarray, mode: Any) -> tuple[Any, Any]:
    """Make the record of a layer and its compressed channels."""
    from psd_tools.constants import ChannelID, Compression, Tag
    from psd_tools.psd.layer_and_mask import ChannelData, ChannelDataList, ChannelInfo, LayerRecord

    height, width = rgba.shape[:2]
    infos: list[Any] = []
    channels: list[Any] = []
    for channel in (ChannelID.TRANSPARENCY_MASK, ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2):
        data = ChannelData(compression=Compression.RLE if rgba.size else Compression.RAW)
        if rgba.size:
            data.set_data(np.ascontiguousarray(rgba[..., int(channel)]).tobytes(), width, height, 8)
        channels.append(data)
        infos.append(ChannelInfo(id=channel, length=2 + len(data.data)))
    record = LayerRecord(
        top=top, left=left, bottom=top + height, right=left + width, channel_info=infos, blend_mode=mode,
        name=name.encode("ascii", "replace").decode(),
    )  # fmt: skip
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    return record, ChannelDataList(channels)


LAYER_FORMATS: dict[str, type[LayerFile]] = {"ora": OpenRasterFile, "psd": PhotoshopFile}
