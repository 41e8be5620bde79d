"""Fonts of the PDF: Helvetica, which every reader has, where it has all letters; else a font of this machine."""

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ....modules.io.errors import UserError

# Files of fonts with many letters, the nicer first; those with Chinese letters apart.
PLAIN = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial.ttf",
         "Arial Unicode.ttf")  # fmt: skip
CHINESE = ("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf", "SourceHanSansSC-Regular.otf",
           "SourceHanSans-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf",
           "DroidSansFallback.ttf", "msyh.ttc", "simhei.ttf", "simsun.ttc", "STHeiti Light.ttc", "Hiragino Sans GB.ttc",
           "Arial Unicode.ttf")  # fmt: skip
SAMPLE = {"zh": "平涂画布步骤头发"}  # letters that a language cannot do without
_FACE = " SC"  # of a collection's faces, the one for simplified Chinese


@dataclass(frozen=True)
class FontFile:
    """A font: its file, and which face of a collection."""

    path: Path
    face: int = 0


def font_folders() -> list[Path]:
    """List the folders in which machines keep fonts."""
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    return [home / ".local/share/fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]


def read_font(path: Path) -> FontFile:
    """Read a font file that somebody names. UserError when it is none."""
    faces = _faces(path)
    if not faces:
        raise UserError(f"The font {path} cannot be used.", "It is no TrueType or OpenType file that can be read.")
    return next((FontFile(path, number) for number, name, _ in faces if _FACE in name), FontFile(path))


@lru_cache(maxsize=32)
def _faces(path: Path) -> tuple[tuple[int, str, frozenset[int]], ...]:
    """List number, name and letters of each face of a font file; none where it cannot be read."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    try:
        fonts = TTCollection(path, lazy=True).fonts if path.suffix.lower() == ".ttc" else [TTFont(path, lazy=True)]
        return tuple(
            (number, str(font["name"].getDebugName(4)), frozenset(font.getBestCmap()))
            for number, font in enumerate(fonts)
        )
    except (OSError, TTLibError, KeyError, ValueError, TypeError, AssertionError):
        return ()


def has_letters(font: FontFile, text: str) -> bool:
    """Whether a font has all letters of a text."""
    letters = {ord(letter) for letter in text if letter.isprintable() and not letter.isspace()}
    return any(number == font.face and letters <= known for number, _, known in _faces(font.path))


def find_font(text: str, language: str = "en") -> FontFile | None:
    """Find a font of this machine that has all letters of a text; None where there is none."""
    names = (*CHINESE, *PLAIN) if language in SAMPLE else (*PLAIN, *CHINESE)
    files: dict[str, Path] = {}
    for folder in font_folders():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            files.setdefault(path.name, path)
    for name in names:
        if name in files and (faces := _faces(files[name])):
            face = next((number for number, called, _ in faces if _FACE in called), 0)
            if has_letters(font := FontFile(files[name], face), text):
                return font
    return None


def is_plain(text: str) -> bool:
    """Whether Helvetica, as every reader of PDF has it, has all letters of a text."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def check_font(language: str, path: Path | None) -> FontFile | None:
    """Find the font for a language; None where Helvetica is enough. UserError where it has no letters of it."""
    sample = SAMPLE.get(language, "")
    if path is not None:
        font = read_font(path)
        if not has_letters(font, sample):
            raise UserError(f"The font {path} has no letters for --language {language}.", fix="Name another one.")
        return font
    if not sample:
        return None
    font_here = find_font(sample, language)
    if font_here is None:
        raise UserError(
            f"There is no font for --language {language} here.",
            f"Looked for {', '.join(CHINESE[:3])} and others in {', '.join(map(str, font_folders()))}.",
            "Install one (on Debian: apt install fonts-noto-cjk), or name its file with --font.",
        )
    return font_here
