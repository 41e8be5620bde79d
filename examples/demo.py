"""Paint the example portrait: `python3 examples/demo.py [another picture]`.

Makes its own environment of what painting needs, without PyTorch (see .ci/environment.py), runs `ppp run`, and says
where the video is.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

from environment import ROOT, ensure_light


def main():
    painting = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "examples" / "portrait.png").resolve()
    out = ROOT / "out" / painting.stem
    ppp = ensure_light().parent / "ppp"
    code = subprocess.call([str(ppp), "run", str(painting), "-o", str(out), "--overwrite"])
    if code == 0:
        video = next(path for path in (out / "timelapse.mp4", out / "timelapse.webm") if path.exists())
        print(f"The time lapse: {video}\nThe steps to paint along with: {out / 'sheet.png'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
