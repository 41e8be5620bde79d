"""Try the light install: an environment of requirements/light.txt alone paints, serves the page, and does not train."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

from environment import ROOT, ensure_light

MOST_MB = 520  # on disk


def main():
    """Paint three frames in the environment; return the exit code."""
    python = ensure_light()
    ppp = python.parent / "ppp"
    with tempfile.TemporaryDirectory(prefix="ppp-") as folder:
        out = Path(folder) / "out"
        painting = ROOT / "examples" / "portrait.png"
        subprocess.run([ppp, "run", painting, "-o", out, "--frames", "3", "--quiet"], check=True)
        process = json.loads((out / "process.json").read_text("utf-8"))
        assert process["runtime"] == "onnx", process["runtime"]
        assert (out / "timelapse.mp4").exists()
        trained = subprocess.run([ppp, "train", "frames", out, "-o", out / "run"], capture_output=True, text=True)
        assert trained.returncode == 2 and "pip install" in trained.stderr, trained.stderr
    with subprocess.Popen([ppp, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            with urlopen(server.stdout.readline().strip() + "api/options") as answer:
                assert "oil" in json.load(answer)["media"]
        finally:
            server.terminate()
    size = sum(path.stat().st_size for path in python.parents[1].rglob("*") if path.is_file()) / 1e6
    print(f"[ppp] the light install: {size:.0f} MB, paints")
    return 0 if size <= MOST_MB else f"the light install takes {size:.0f} MB, {MOST_MB} are allowed"


if __name__ == "__main__":
    sys.exit(main())
