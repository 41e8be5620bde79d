"""Make every picture of the pages again: `make pictures`, or `python docs/make/pictures.py [NAME ...]`.

The example portrait is drawn by the project's sitters, the landscape and the still life by its scenes; then the
commands of docs/tutorial-artists.md are carried out as they stand there, and the first Python of docs/graph.md, on the
portrait at half its size; their results are put together. The film at the top of README.md is two runs of
`ppp run --medium`, side by side; the row of a landscape below it is another run, whose layers are on docs/layers.md. So
the pictures show what is done with the weights that are shipped. It takes some minutes.
"""

import io
import os
import re
import shutil
import sys
import tempfile
import zipfile
from bisect import bisect_right
from contextlib import chdir
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from commands import commands, python, words
from PIL import Image, ImageDraw, ImageOps, ImageSequence

from ppp.cli.main import main as ppp

ROOT = Path(__file__).resolve().parents[2]
DOCS, PORTRAIT = ROOT / "docs", ROOT / "examples" / "portrait.png"
PAGE, GRAPH, IMAGES = DOCS / "tutorial-artists.md", DOCS / "graph.md", DOCS / "images"
# as examples/README.md says
SITTER = ("--size", "768x960", "--seed", "42706")
SCENES = {
    "landscape.png": ("--kind", "landscape", "--medium", "oil", "--size", "768x576", "--seed", "46"),
    "still-life.png": ("--kind", "still-life", "--medium", "oil", "--size", "640x768", "--seed", "24"),
}
CELL, GAP = 150, 4  # width of one state of a row, and what lies between two
FILM, FILM_MEDIA = "readme-two-media.webp", ("oil", "watercolour")
FILM_WIDTH, FILM_STEP, FILM_BYTES = 384, 100, 2_900_000  # of one of its pictures, milliseconds a picture, of the file
THINGS, LAYERS, NUMBERS = "readme-landscape.jpg", "layers.jpg", "numbers.jpg"
PAPER, OUTLINE = (255, 255, 255), (205, 202, 196)


def run(*arguments):
    if code := ppp([str(a) for a in arguments]):
        sys.exit(f"ppp {' '.join(map(str, arguments))} ended with {code}")


def draw_portrait(folder):
    """The example portrait, by the command that examples/README.md names -> its file."""
    run("data", "portraits", 1, "-o", folder, *SITTER, "--jobs", 1, "--quiet")
    (made,) = (folder / "images").glob("*.png")
    return made


def draw_scene(name, folder):
    """An example scene, by the command that examples/README.md names -> its file."""
    run("data", "scenes", 1, "-o", folder, *SCENES[name], "--jobs", 1, "--quiet")
    (made,) = (folder / "images").glob("*.png")
    return made


def frame(folder, index):
    """Frame `index` of a result; counted from the end when negative."""
    return Image.open(sorted((folder / "frames").iterdir())[index]).convert("RGB")


def row(pictures, width=CELL):
    """Pictures side by side, each `width` pixels wide."""
    small = [p.resize((width, round(width * p.height / p.width)), Image.Resampling.LANCZOS) for p in pictures]
    page = Image.new("RGB", (len(small) * (width + GAP) - GAP, max(p.height for p in small)), PAPER)
    for i, picture in enumerate(small):
        page.paste(picture, (i * (width + GAP), 0))
        edge = (i * (width + GAP), 0, i * (width + GAP) + width - 1, picture.height - 1)
        ImageDraw.Draw(page).rectangle(edge, outline=OUTLINE)  # a bare canvas is white
    return page


def in_line(pictures, height, ground):
    """Pictures side by side, each `height` pixels high."""
    small = [p.resize((round(height * p.width / p.height), height), Image.Resampling.LANCZOS) for p in pictures]
    ends = list(accumulate(picture.width + GAP for picture in small))
    page = Image.new("RGB", (ends[-1] - GAP, height), ground)
    for picture, left in zip(small, (0, *ends), strict=False):
        page.paste(picture, (left, 0))
    return page


def moments(folder, *indices):
    return row([frame(folder, index) for index in indices], width=CELL if len(indices) > 4 else 220)


def page(path, width):
    picture = Image.open(path).convert("RGB")
    return picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.LANCZOS)


def pdf_pages(path, numbers, height=620):
    """Pages of a PDF beside each other. PyMuPDF is asked for by this function alone: pip install pymupdf."""
    import pymupdf

    pages = [pymupdf.open(path)[number].get_pixmap(dpi=120) for number in numbers]
    pictures = [Image.frombytes("RGB", (one.width, one.height), one.samples) for one in pages]
    return ImageOps.expand(in_line(pictures, height, OUTLINE), GAP, OUTLINE)


def layers(path, columns=6, width=200):
    """The layers of an OpenRaster file in their order, each on a chequered ground, with their names."""
    cells = []
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("stack.xml"))
        size = int(root.get("w")), int(root.get("h"))
        squares = np.where((np.indices(size[::-1]) // 24).sum(axis=0) % 2, 214, 236).astype(np.uint8)
        for layer in reversed(list(root.iter("layer"))):
            whole = Image.fromarray(squares).convert("RGBA")
            pixels = Image.open(io.BytesIO(archive.read(layer.get("src"))))
            whole.alpha_composite(pixels, (int(layer.get("x")), int(layer.get("y"))))
            cell = Image.new("RGB", (width, round(width * size[1] / size[0]) + 18), PAPER)
            cell.paste(whole.convert("RGB").resize((width, cell.height - 18), Image.Resampling.LANCZOS))
            ImageDraw.Draw(cell).text((2, cell.height - 15), layer.get("name"), fill=(40, 40, 40), font_size=12)
            cells.append(cell)
    sheet = Image.new("RGB", (columns * (width + GAP), -(-len(cells) // columns) * (cells[0].height + GAP)), PAPER)
    for i, cell in enumerate(cells):
        sheet.paste(cell, (i % columns * (width + GAP), i // columns * (cell.height + GAP)))
    return sheet


def numbers(path, width=520):
    """A page to paint by numbers, and beside it the same painted."""
    import resvg_py

    drawn = path.read_text("utf-8")
    painted = re.sub(r'data-colour="(#\w+)" fill="#ffffff"', r'fill="\1"', drawn)
    options = {"width": width, "dpi": 96, "sans_serif_family": "DejaVu Sans"}
    pages = [Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=s, **options)))) for s in (drawn, painted)]
    return row([one.convert("RGB") for one in pages], width)


def in_palettes(width=172):
    """The examples as they are, and in the colours of each palette, from left to right."""
    from ppp.modules.paints.gamut import fit_to_palette
    from ppp.modules.paints.pigments import PALETTES, named_shelf

    columns = []
    for name in (None, *PALETTES):
        pictures = [page(PORTRAIT.with_name(f"{kind}.png"), width) for kind in ("portrait", "landscape")]
        if name is not None:
            arrays = [np.asarray(one, np.float32) / 255 for one in pictures]
            made = [fit_to_palette(one, named_shelf(name)) for one in arrays]
            pictures = [Image.fromarray((255 * one).round().astype(np.uint8)) for one in made]
        column = Image.new("RGB", (width, sum(one.height for one in pictures) + GAP), PAPER)
        column.paste(pictures[0], (0, 0))
        column.paste(pictures[1], (0, pictures[0].height + GAP))
        columns.append(column)
    return row(columns, width)


def paint_in_media():
    """Paint the portrait in each medium of the film, ending as its brush leaves it."""
    for medium in FILM_MEDIA:
        run(
            "run", "examples/portrait.png", "-o", f"out/{medium}", "--medium", medium, "--finish", "brush",
            "--frames", 25, "--smooth", 5, "--fps", 10, "--video-format", "apng", "--quiet", "--device", "cpu",
            "--sheet", "png,pdf", "--numbers", "svg",
        )  # fmt: skip


def film(out, path):
    """Write the films of two media side by side as an animated WebP that is small enough for a page."""
    films = []
    for medium in FILM_MEDIA:
        pictures = ImageSequence.Iterator(Image.open(out / medium / "timelapse.apng"))
        films.append([(p.convert("RGB"), p.info["duration"]) for p in pictures])
    ends = [list(accumulate(duration for _, duration in one)) for one in films]
    pictures = [
        row([one[min(bisect_right(end, t), len(one) - 1)][0] for one, end in zip(films, ends, strict=True)], FILM_WIDTH)
        for t in range(0, round(max(end[-1] for end in ends)), FILM_STEP)
    ]
    for quality in (70, 55, 40, 30):
        pictures[0].save(
            path, save_all=True, append_images=pictures[1:], duration=FILM_STEP, loop=0, quality=quality, method=4
        )
        if path.stat().st_size < FILM_BYTES:
            return
    sys.exit(f"{path.name} does not get smaller than {FILM_BYTES} bytes.")


def shapes(out, height=420):
    """The film of docs/film.md: its title card, a moment and its end; and one with the painting beside the canvas."""
    import av

    cells = []
    for name, shares in (("story", (0.02, 0.45, 0.99)), ("wide", (0.45,))):
        with av.open(str(out / name / "timelapse.mp4")) as container:
            pictures = [picture.to_image() for picture in container.decode(video=0)]
        cells += [pictures[int(share * len(pictures))] for share in shares]
    return in_line(cells, height, PAPER)


def paint_films():
    """Paint the two films of docs/film.md."""
    picture = "examples/portrait.png"
    run("run", picture, "-o", "out/story", "--medium", "oil", "--frames", 16, "--size", 480, "--quiet", "--format",
        "portrait", "--title-card", "A woman before clouds", "--captions")  # fmt: skip
    run("replay", "out/story", "-o", "out/wide", "--quiet", "--format", "landscape", "--beside", "--speed", 2)


# name of the picture -> how it is made from the folder of results
PICTURES = {
    "readme-sheet.jpg": lambda out: page(out / FILM_MEDIA[0] / "sheet.png", 900),
    "paper-pages.jpg": lambda out: pdf_pages(out / FILM_MEDIA[0] / "sheet.pdf", (0, 2, -2, -1)),
    "paper-palettes.jpg": lambda out: in_palettes(),
    "film-shapes.jpg": shapes,
    THINGS: lambda out: moments(out / "landscape", 1, 4, 7, 10, 13, 16, 19, -1),
    LAYERS: lambda out: layers(out / "landscape" / "layers.ora"),
    NUMBERS: lambda out: numbers(out / FILM_MEDIA[0] / "numbers.svg"),
    "tutorial-first.jpg": lambda out: moments(out / "first", 0, 1, 4, 8, 12, 16, 20, -1),
    "tutorial-sheet.jpg": lambda out: page(out / "first" / "sheet.png", 900),
    "tutorial-variations.jpg": lambda out: page(out / "artists" / "variations.png", 900),
    "tutorial-parts.png": lambda out: row([Image.open("examples/portrait.png"), Image.open(out / "parts.png")], 220),
    "tutorial-order.jpg": lambda out: moments(out / "order", 1, 4, 7, 10, 13, 16, 20, -1),
    "tutorial-study.jpg": lambda out: moments(out / "study", 1, 8, 14, -1),
    "tutorial-otherwise.jpg": lambda out: moments(out / "otherwise", 9, 10, 16, -1),
    "tutorial-mine.jpg": lambda out: moments(out / "mine", 0, 3, 6, -1),
    "graph-dots.jpg": lambda out: moments(out / "dots", 1, 6, 12, -1),
}


def main(names):
    known = (*PICTURES, FILM, PORTRAIT.name, *SCENES)
    if strange := [name for name in names if name not in known]:
        sys.exit(f"No picture is called {', '.join(strange)}. There are: {', '.join(known)}.")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        drawn = draw_portrait(Path("sitter"))
        if not names or PORTRAIT.name in names:
            shutil.copyfile(drawn, PORTRAIT)
        for name in SCENES:
            if not names or name in names:
                shutil.copyfile(draw_scene(name, Path(name).with_suffix("")), PORTRAIT.with_name(name))
        os.mkdir("examples")
        whole = Image.open(drawn)
        whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS).save("examples/portrait.png")
        wanted = [name for name in (*PICTURES, FILM) if not names or name in names]
        if {FILM, NUMBERS, "readme-sheet.jpg", "paper-pages.jpg"} & set(wanted):
            paint_in_media()
        if "film-shapes.jpg" in wanted:
            paint_films()
        if {THINGS, LAYERS} & set(wanted):
            scene, more = ROOT / "examples" / "landscape.png", ("--layers", "ora", "--quiet", "--device", "cpu")
            run("run", scene, "-o", "out/landscape", "--frames", 24, *more)
        if "graph-dots.jpg" in wanted:
            (code,) = (code for code, _ in python(GRAPH) if "out/dots" in code)
            exec(compile(code, GRAPH.name, "exec"), {"__name__": "graph"})
        if any(name.startswith("tutorial") for name in wanted):
            for command in commands(PAGE):
                if "serve" not in command and "verify" not in command:
                    print(command, flush=True)
                    run(*words(command), "--quiet", *(["--device", "cpu"] if "--continue" not in command else []))
        for name in wanted:
            if name == FILM:
                film(Path("out"), IMAGES / name)
            else:
                PICTURES[name](Path("out")).save(IMAGES / name, quality=82, optimize=True)
            print(f"{IMAGES / name}: {(IMAGES / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
