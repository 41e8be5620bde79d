"""The Krita plugin: over a real server, with stand-ins for Krita and Qt; in Krita itself where that is installed."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from browser import served
from PIL import Image
from serving import LIMITS, png

from ppp.pipeline.pipeline import Pipeline

pytest.importorskip("uvicorn", reason="the extra [serve] is not installed")
ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "integrations" / "krita"
IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")


class QImage:
    """What the plugin needs of Qt's: PNG from and to BGRA."""

    Format_ARGB32 = 5

    def __init__(self, pixels, width, height, line, form):
        self.bgra = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)

    @classmethod
    def fromData(cls, data, kind):
        rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
        return cls(rgba[..., [2, 1, 0, 3]].tobytes(), rgba.shape[1], rgba.shape[0], 0, 5)

    def convertToFormat(self, form):
        return self

    def save(self, buffer, kind):
        Image.fromarray(self.bgra[..., [2, 1, 0, 3]], "RGBA").save(buffer, kind)

    def width(self):
        return self.bgra.shape[1]

    def height(self):
        return self.bgra.shape[0]

    def constBits(self):
        return Bits(self.bgra.tobytes())


class Bits(bytes):
    def setsize(self, size):
        assert size == len(self)


class QBuffer(io.BytesIO):
    def open(self, mode):
        pass

    def data(self):
        return self.getvalue()


class Node:
    """A layer or a group as libkis has them, and a document, which has the same colours."""

    def __init__(self, name="", kind="grouplayer", picture=None):
        self._name, self.kind, self.nodes, self.picture, self.set = name, kind, [], picture, {}
        self.model, self.depth, self.profile = "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc"

    def __getattr__(self, name):
        if name.startswith("set"):
            return lambda *values: self.set.update({name: values})
        raise AttributeError(name)

    colorModel, colorDepth, colorProfile = (lambda s: s.model), (lambda s: s.depth), (lambda s: s.profile)
    name, width, height = (lambda s: s._name), (lambda s: s.picture.shape[1]), (lambda s: s.picture.shape[0])
    refreshProjection = waitForDone = lambda s: None

    def addChildNode(self, node, above):
        self.nodes.append(node)

    def createNode(self, name, kind):
        return Node(name, kind)

    def createGroupLayer(self, name):
        return Node(name)

    def rootNode(self):
        return self

    def pixelData(self, x, y, width, height):
        return self.picture[..., [2, 1, 0, 3]].tobytes()


@pytest.fixture
def plugin(monkeypatch):
    """The plugin as Krita loads it."""
    names = ("QApplication", "QComboBox", "QDialogButtonBox", "QFormLayout", "QInputDialog", "QMessageBox",
             "QProgressDialog", "QSpinBox")  # fmt: skip
    krita = {"Extension": object, "Krita": SimpleNamespace(instance=lambda: None)}
    core = {"QBuffer": QBuffer, "QByteArray": bytes, "QIODevice": SimpleNamespace(WriteOnly=2)}
    widgets = {"QDialog": object, **dict.fromkeys(names, object)}
    for name, content in (
        ("krita", krita), ("PyQt5", {}), ("PyQt5.QtCore", core), ("PyQt5.QtGui", {"QImage": QImage}),
        ("PyQt5.QtWidgets", widgets),
    ):  # fmt: skip
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    spec = spec_from_file_location("painting_process", PLUGIN / "painting_process" / "__init__.py")
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "painting_process", module)
    spec.loader.exec_module(module)
    return module


def stacked(plugin, layers, canvas):
    """Lay layers (the topmost first) over a canvas (H,W,3) float."""
    for layer in reversed(layers):
        if layer.is_group:
            canvas = stacked(plugin, layer.layers, canvas)
            continue
        rgba = np.asarray(Image.open(io.BytesIO(layer.png)).convert("RGBA")).astype(float) / 255
        x, y = layer.place
        below = canvas[y : y + rgba.shape[0], x : x + rgba.shape[1]]
        paint = rgba[..., :3] * (below if layer.blending == "multiply" else 1)
        below += layer.opacity * rgba[..., 3:] * (paint - below)
    return canvas


def test_the_open_picture_becomes_groups_and_layers(plugin, tiny_pipeline):
    from ppp.cli.serve.server import create_app

    picture = np.asarray(Image.open(io.BytesIO(png())).convert("RGBA"))
    pipeline, told = Pipeline.from_pretrained(tiny_pipeline, device="cpu"), []
    with served(create_app(lambda: pipeline, LIMITS)) as address:
        server = plugin.Server(address)
        assert "oil" in server.ask("GET", "options")["media"]
        sent = plugin.picture_of(Node(picture=picture))
        assert (np.asarray(Image.open(io.BytesIO(sent))) == picture).all()
        data = server.paint(sent, {"frames": 5, "medium": "watercolour"}, lambda *what: told.append(what[0]))
        with pytest.raises(plugin.ServerError, match="no medium 'gouche'"):
            server.paint(sent, {"medium": "gouche"}, lambda *what: None)
        with pytest.raises(plugin.Cancelled):
            server.paint(sent, {}, lambda *what: (_ for _ in ()).throw(plugin.Cancelled))
    with pytest.raises(plugin.ServerError, match="Is ppp serve running"):
        plugin.Server("http://127.0.0.1:9/").ask("GET", "options")
    assert list(dict.fromkeys(told)) == ["Finding the parts", "Painting", "Making the layers"]
    layers = plugin.read_layers(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        last = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGB")).astype(float)
    off = np.abs(255 * stacked(plugin, layers, np.zeros_like(last)) - last)
    assert off.max() <= 2, "stacked they are the last frame"
    document = Node(picture=picture)
    document.depth = "U16"
    document.createNode = lambda name, kind: (node := Node(name, kind), setattr(node, "depth", "U16"))[0]
    group = plugin.put_process(document, data, "Painting process")
    assert document.nodes == [group] and group.kind == "grouplayer"
    assert [node.name() for node in group.nodes] == [layer.name for layer in reversed(layers)], "the lowest first"
    ground = group.nodes[0]
    assert ground.name() == "ground" and ground.set["setColorSpace"] == plugin.COLOURS, "as its pixels are"
    assert len(ground.set["setPixelData"][0]) == 4 * picture.shape[0] * picture.shape[1]
    assert all(one.set["setPassThroughMode"] == (True,) for one in group.nodes if one.kind == "grouplayer")
    below = [node for one in group.nodes for node in one.nodes]
    assert {node.set["setBlendingMode"] for node in below} >= {("multiply",)}, "washes"


def packed(folder):
    """What `make krita` packs."""
    (command,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "zipfile -c" in line]
    words = command.split("zipfile -c ")[1].split()[1:]
    path = folder / "plugin.zip"
    subprocess.run([sys.executable, "-m", "zipfile", "-c", path, *words], cwd=PLUGIN, check=True)
    return path


def test_the_zip_is_what_kritas_importer_takes(tmp_path):
    path = packed(tmp_path)
    names = zipfile.ZipFile(path).namelist()
    assert {"painting_process.desktop", "painting_process/", "painting_process/__init__.py"} <= set(names)
    if IMPORTER.is_file():
        done = subprocess.run([sys.executable, IMPORTER, path, tmp_path], capture_output=True, text=True, check=False)
        assert "Imported plugin: Painting Process" in done.stdout, done.stderr
        assert (tmp_path / "pykrita" / "painting_process" / "__init__.py").is_file()


SCRIPT = """
import painting_process
from krita import Krita

def main(arguments):
    picture, layers, out = arguments
    document = Krita.instance().openDocument(picture)
    document.setColorSpace("RGBA", "U16", "sRGB-elle-V2-srgbtrc.icc")
    open(out + "/sent.png", "wb").write(painting_process.picture_of(document))
    group = painting_process.put_process(document, open(layers, "rb").read(), "Painting process")
    document.setColorSpace(*painting_process.COLOURS)
    document.refreshProjection()
    document.waitForDone()
    open(out + "/names.txt", "w").write("\\n".join(node.name() for node in group.childNodes()))
    open(out + "/shown.bgra", "wb").write(bytes(document.pixelData(0, 0, document.width(), document.height())))
"""


@pytest.mark.skipif(shutil.which("kritarunner") is None, reason="Krita is not installed")
def test_krita_itself_shows_the_last_frame(tmp_path, tiny_pipeline):
    from ppp.pipeline.writers import LayersWriter

    (tmp_path / "painting.png").write_bytes(png())
    lapse = Pipeline.from_pretrained(tiny_pipeline, device="cpu")(tmp_path / "painting.png", 5, medium="watercolour")
    lapse.save(tmp_path / "run", writers=["frames", LayersWriter])
    (tmp_path / "script.py").write_text(SCRIPT)
    home = {name: str(tmp_path) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "HOME")}
    paths = f"{tmp_path}{os.pathsep}{PLUGIN}"
    done = subprocess.run(
        ["kritarunner", "-s", "script", "-f", "main", tmp_path / "painting.png", tmp_path / "run/layers.ora", tmp_path],
        env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": paths, **home},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if "Cannot load the PyKrita module" in done.stderr:  # Krita's own binding, loaded before any plugin
        pytest.skip("Krita is installed without PyQt5, which its scripts need")
    assert (tmp_path / "shown.bgra").is_file(), done.stderr[-2000:]
    sent = np.asarray(Image.open(tmp_path / "sent.png").convert("RGB")).astype(int)
    assert np.abs(sent - np.asarray(Image.open(tmp_path / "painting.png").convert("RGB"))).max() <= 1
    last = np.asarray(Image.open(tmp_path / "run/frames/00004.png").convert("RGB")).astype(int)
    shown = np.frombuffer((tmp_path / "shown.bgra").read_bytes(), np.uint8).reshape(*last.shape[:2], 4)
    assert np.abs(shown[..., 2::-1].astype(int) - last).max() <= 2
    assert (tmp_path / "names.txt").read_text().splitlines()[0] == "ground"
