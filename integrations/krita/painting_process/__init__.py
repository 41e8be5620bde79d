"""Krita plugin: the process of the open picture as layers, painted by `ppp serve`.

It needs nothing but Krita: the picture is sent to the server as PNG, a run's layers come back as OpenRaster, and become
groups and paint layers of the document.
"""

import json
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree

from krita import Extension, Krita
from PyQt5.QtCore import QBuffer, QByteArray, QIODevice
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QInputDialog,
    QMessageBox,
    QProgressDialog,
    QSpinBox,
)

ADDRESS = "http://127.0.0.1:8000"
COLOURS = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")  # that a server takes, and layers come in
BLENDING = {"svg:src-over": "normal", "svg:multiply": "multiply"}
EVERY = 0.3  # seconds between two looks at the server
TIMEOUT = 60  # seconds for an answer


class ServerError(Exception):
    """What a server refused, in its words, or that there is none."""


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class Server:
    """A server of `ppp serve`: `address` as it prints it, with its token if it has one."""

    def __init__(self, address):
        self.address, _, token = address.strip().rstrip("/").partition("?token=")
        self.address = self.address.rstrip("/")
        self.token = token

    def request(self, method, path, body=None):
        """Send a request -> the bytes of the answer."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/octet-stream"
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            request = urllib.request.Request(f"{self.address}/api/{path}", data, headers, method=method)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise ServerError(_words(error)) from None
        except (OSError, ValueError) as error:
            raise ServerError(f"{self.address} does not answer ({error}). Is ppp serve running?") from None

    def ask(self, method, path, body=None):
        """Send a request -> the JSON of the answer."""
        return json.loads(self.request(method, path, body))

    def wait(self, path, done, show):
        """Ask for a state until `done` says what it is; `show` is told of each, and may raise Cancelled."""
        while True:
            state = self.ask("GET", path)
            if "error" in state:
                raise ServerError(" ".join(filter(None, state["error"].values())))
            show(state)
            if found := done(state):
                return found
            time.sleep(EVERY)

    def paint(self, png, options, show):
        """Paint a picture -> its layers, the bytes of an OpenRaster file."""
        painting = self.ask("POST", "paintings", png)["id"]
        try:
            self.wait(f"paintings/{painting}", lambda state: state["parts"], lambda state: show("Finding the parts", 0))
            run = self.ask("POST", f"paintings/{painting}/runs", {"runs": [options]})["runs"][0]["id"]
            self.wait(
                f"runs/{run}", lambda state: state["state"] == "done",
                lambda state: show("Painting", state["done"] / state["of"]),
            )  # fmt: skip
            self.ask("POST", f"runs/{run}/files", {"layers": ["ora"]})
            self.wait(f"runs/{run}", lambda state: not state["making"], lambda state: show("Making the layers", 1))
            return self.request("GET", f"runs/{run}/files/layers.ora")
        finally:
            self.request("DELETE", f"paintings/{painting}")


def _words(error):
    """Write the server's own words of an error."""
    try:
        return " ".join(filter(None, json.loads(error.read())["error"].values()))
    except (ValueError, KeyError, AttributeError, OSError):
        return f"The server answered {error.code}."


@dataclass
class Layer:
    """A layer of an OpenRaster file, or a group of them: `layers`, the topmost first."""

    name: str
    opacity: float = 1.0
    blending: str = "normal"
    visible: bool = True
    place: tuple = (0, 0)
    png: bytes = b""
    layers: list = field(default_factory=list)
    is_group: bool = False
    passes: bool = False  # whether layers of the group lie on what is below it, as without the group


def read_layers(data):
    """Read the stack of an OpenRaster file -> its layers, the topmost first."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        return [_read_layer(archive, one) for one in root]


def _read_layer(archive, one):
    layer = Layer(
        one.get("name", ""), float(one.get("opacity", 1)), BLENDING.get(one.get("composite-op"), "normal"),
        one.get("visibility", "visible") == "visible", (int(one.get("x", 0)), int(one.get("y", 0))),
    )  # fmt: skip
    if one.tag == "stack":
        layer.is_group, layer.passes = True, one.get("isolation") != "isolate"
        layer.layers = [_read_layer(archive, below) for below in one]
    else:
        layer.png = archive.read(one.get("src"))
    return layer


def _is_plain(what):
    """Whether a document or layer has its pixels as a server takes and gives them."""
    return (what.colorModel(), what.colorDepth(), what.colorProfile()) == COLOURS


def picture_of(document):
    """Encode what a document shows as PNG, in sRGB."""
    shown = document
    if not _is_plain(document):
        shown = document.clone()
        shown.setColorSpace(*COLOURS)
        shown.refreshProjection()
        shown.waitForDone()
    width, height = document.width(), document.height()
    pixels = bytes(shown.pixelData(0, 0, width, height))
    if shown is not document:
        shown.close()
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    QImage(pixels, width, height, 4 * width, QImage.Format_ARGB32).save(buffer, "PNG")
    return bytes(buffer.data())


def add_layers(document, layers, parent):
    """Add layers, the topmost first, to a group of a document."""
    for layer in reversed(layers):
        if layer.is_group:
            node = document.createGroupLayer(layer.name)
            node.setPassThroughMode(layer.passes)  # or washes in it would not shade what lies below the group
        else:
            node = document.createNode(layer.name, "paintlayer")
        parent.addChildNode(node, None)  # above what is there
        node.setOpacity(round(255 * layer.opacity))
        node.setBlendingMode(layer.blending)
        node.setVisible(layer.visible)
        if layer.is_group:
            add_layers(document, layer.layers, node)
            continue
        if not _is_plain(node):
            node.setColorSpace(*COLOURS)
        image = QImage.fromData(layer.png, "PNG").convertToFormat(QImage.Format_ARGB32)
        size = image.width(), image.height()
        pointer = image.constBits()
        pointer.setsize(4 * size[0] * size[1])
        node.setPixelData(QByteArray(bytes(pointer)), *layer.place, *size)


def put_process(document, data, name):
    """Put the layers of an OpenRaster file into a document, in one group above everything -> that group."""
    group = document.createGroupLayer(name)
    document.rootNode().addChildNode(group, None)
    add_layers(document, read_layers(data), group)
    document.refreshProjection()
    document.waitForDone()
    return group


class Wish(QDialog):
    """What is asked for: the medium, the colours, how many frames, which artist; `choices` are the server's."""

    def __init__(self, parent, choices):
        super().__init__(parent)
        self.setWindowTitle("Painting process")
        form = QFormLayout(self)
        self.medium, self.palette = QComboBox(), QComboBox()
        for box, first, names in (
            (self.medium, "as the picture looks", choices["media"]),
            (self.palette, "all that it has", choices["palettes"]),
        ):
            box.addItem(first, None)
            for one in names:
                box.addItem(one, one)
        self.frames, self.seed = QSpinBox(), QSpinBox()
        self.frames.setRange(2, choices["most_frames"])
        self.frames.setValue(24)
        self.seed.setRange(0, 9999)
        for label, widget in (
            ("Medium", self.medium), ("Colours", self.palette), ("Frames", self.frames), ("Artist (seed)", self.seed),
        ):  # fmt: skip
            form.addRow(label, widget)
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def options(self):
        """Return the options of the run."""
        return {
            "frames": self.frames.value(), "seed": self.seed.value(), "medium": self.medium.currentData(),
            "palette": self.palette.currentData(),
        }  # fmt: skip


class PaintingProcess(Extension):
    """The entry in Tools, Scripts."""

    def setup(self):
        """Do nothing: Krita calls it."""

    def createActions(self, window):
        """Add the entry."""
        action = window.createAction("painting_process", "Painting process ...", "tools/scripts")
        action.triggered.connect(self.run)

    def run(self):
        """Ask what is wanted, have it painted, and put it into the document; say what went wrong."""
        window = Krita.instance().activeWindow().qwindow()
        document = Krita.instance().activeDocument()
        if document is None:
            QMessageBox.information(window, "Painting process", "Open a picture first.")
            return
        server, choices = self._find_server(window)
        if server is None:
            return
        wish = Wish(window, choices)
        if wish.exec_() != QDialog.Accepted:
            return
        progress = QProgressDialog("Sending the picture", "Cancel", 0, 100, window)
        progress.setMinimumDuration(0)

        def show(text, share):
            progress.setLabelText(text)
            progress.setValue(min(99, round(100 * share)))
            QApplication.processEvents()
            if progress.wasCanceled():
                raise Cancelled

        try:
            put_process(document, server.paint(picture_of(document), wish.options(), show), "Painting process")
        except Cancelled:
            pass
        except ServerError as error:
            QMessageBox.warning(window, "Painting process", str(error))
        finally:
            progress.close()

    def _find_server(self, window):
        """Find the server where it was the last time, or where somebody says -> it and its choices; (None, None)."""
        krita = Krita.instance()
        address = krita.readSetting("painting_process", "address", ADDRESS)
        while True:
            try:
                server = Server(address)
                choices = server.ask("GET", "options")
                krita.writeSetting("painting_process", "address", address)
                return server, choices
            except ServerError as error:
                text = f"{error}\n\nAddress that ppp serve prints:"
                address, given = QInputDialog.getText(window, "Painting process", text, text=address)
                if not given:
                    return None, None


if Krita.instance() is not None:
    Krita.instance().addExtension(PaintingProcess(Krita.instance()))
