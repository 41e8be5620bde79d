"""Files to take home from a finished run, by the options of `ppp run`: layers, a sheet on paper, numbers, a film."""

import io
import json
import zipfile
from typing import get_args, get_type_hints

import pytest
from serving import give, over, paint, until

from ppp.cli.output_options import OutputOptions
from ppp.cli.serve.take_home import OFFERED, TakeHome
from ppp.modules.io.errors import UserError
from ppp.modules.paints.pigments import PALETTES
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.writers.film_layout import SHAPES
from ppp.pipeline.writers.layer_files import LAYER_FORMATS
from ppp.pipeline.writers.number_page import PAGE_FORMATS
from ppp.pipeline.writers.pdf.drawing import PAPERS
from ppp.pipeline.writers.pdf.phrases import LANGUAGES
from ppp.pipeline.writers.sheet_options import SHEET_FORMATS
from ppp.pipeline.writers.timing import FORMATS

pytest.importorskip("fpdf", reason="the extra [paper] is not installed")


def made(client, run):
    """Wait until the files of a run are made."""
    return until(lambda: not (state := client.get(f"/api/runs/{run['id']}").json())["making"] and state)


def frames_of(client, run):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/api/runs/{run['id']}/files/painting-process.zip").content))
    return {name: archive.read(name) for name in archive.namelist() if "/frames/0" in name}


def test_what_is_taken_home_is_made_of_what_was_painted(client, monkeypatch):
    painting = give(client)
    (run,) = paint(client, painting, {"frames": 5, "medium": "oil", "palette": "zorn"})
    early = client.post(f"/api/runs/{run['id']}/files", json={})
    done = over(client, run)
    assert done["state"] == "done" and early.status_code in (202, 409)
    made(client, run)
    before = frames_of(client, run)
    monkeypatch.setattr(Pipeline, "__call__", lambda *a, **b: pytest.fail("it is painted again"))
    address = f"/api/runs/{run['id']}/files"
    wanted = {
        "layers": ["ora"], "numbers": ["svg"], "strokes": ["json"], "sheet": ["png", "pdf"], "paper": "letter",
        "language": "de", "canvas_size": "40cm", "grid": "5cm", "title": "Am Sonntag", "video_format": ["gif", "mp4"],
        "shape": "square", "beside": True, "captions": True, "title_card": "Sie", "speed": 2.0,
    }  # fmt: skip
    assert client.post(address, json=wanted).json()["making"]
    state = made(client, run)
    assert state["files"].keys() >= {
        "layers.ora", "numbers.svg", "strokes.json", "sheet.png", "sheet.pdf", "timelapse.mp4", "timelapse.gif",
        "timelapse.srt", "segmentation.png", "plan.toml",
    }  # fmt: skip
    process = json.loads(client.get(f"{address}/process.json").content)
    assert process["closing"] == "palette" and process["layers"]["off"] <= 1
    assert "recipe" in process["sheet"]["steps"][0]["palette"][0], "of the palette that it is painted in"
    assert frames_of(client, run) == before, "frames stay as they are, byte by byte"
    listed = {name: file for name, file in process["files"].items() if name.startswith("frames/")}
    assert len(listed) == len(before) == 5
    # Recipes for paints of one's own.
    shelf = client.post(f"/api/paintings/{painting['id']}/paints", content=b'paints = ["titanium white", "sap green"]')
    assert shelf.status_code == 201 and shelf.json()["paints"] == ["white", "sap green"]
    client.post(address, json={"shelf": shelf.json()["id"], "video_format": ["gif"]})
    made(client, run)
    process = json.loads(client.get(f"{address}/process.json").content)
    assert process["sheet"]["materials"]["paints"] == "titanium white, sap green"
    bad = client.post(f"/api/paintings/{painting['id']}/paints", content=b'paints = ["sap green", "ivory black"]')
    assert bad.status_code == 422 and "no white among the paints" in bad.text
    # Without more it is as it was; what is wrong is said at once, and leaves what is there.
    client.post(address, json={})
    files = made(client, run)["files"]
    assert "layers.ora" not in files and files.keys() == done["files"].keys()
    for wrong, why in (
        ({"paints": "/etc/passwd"}, "common"), ({"font": "/etc/passwd"}, "font"),
        ({"sheet": ["pdf"], "paper": "a9"}, "a4"),
        ({"sheet": ["pdf"], "canvas_size": "50cm", "grid": "1mm"}, "500 squares"), ({"layers": ["ora"] * 99}, "2"),
        ({"paper": "a3"}, "belongs to the PDF"), ({"shelf": "gone"}, "do not exist any more"),
        ({"fps": 900}, "fps"), ({"speed": 900.0}, "speed"),
    ):  # fmt: skip
        answer = client.post(address, json=wrong)
        assert answer.status_code == 422 and why in answer.text, answer.text
    assert client.get(f"/api/runs/{run['id']}").json()["files"] == files
    folder = client.app.state.context.store.run(run["id"]).folder
    assert len([*folder.glob("result-*")]) == 1, "no archive of an earlier result is left"
    bad = client.post(f"/api/paintings/{painting['id']}/runs", json={"runs": [{"palette": "/etc/passwd"}]})
    assert bad.status_code == 422 and "zorn" in bad.text


def test_the_offer_is_what_the_command_line_says(client):
    options = client.get("/api/options").json()
    offer, palettes = options["take_home"], options["palettes"]
    assert list(offer) == list(OFFERED) and {*TakeHome.model_fields} == {*OFFERED, "shelf"}
    tables = {
        "video_format": FORMATS, "shape": SHAPES, "sheet": SHEET_FORMATS, "paper": PAPERS, "layers": LAYER_FORMATS,
        "language": ("en", *LANGUAGES), "numbers": PAGE_FORMATS, "paints": ("common", *PALETTES),
    }  # fmt: skip
    for name, table in tables.items():
        assert offer[name]["names"] == list(table), name
    hints = get_type_hints(OutputOptions, include_extras=True)
    assert all(offer[name]["help"] == get_args(hints[name])[1].help for name in OFFERED)
    assert palettes["greys"] == ["white", "black"]
    schema = client.get("/openapi.json").json()["components"]["schemas"]["TakeHome"]["properties"]
    assert "Krita" in schema["layers"]["description"]


def test_making_can_be_cancelled_and_its_run_be_removed(client, monkeypatch):
    painting = give(client)
    (run, other) = paint(client, painting, {"frames": 5}, {"frames": 60, "seed": 1})
    files = over(client, run)["files"]
    assert client.post(f"/api/runs/{run['id']}/files", json={"numbers": ["svg"]}).status_code == 202, "it waits"
    again = client.post(f"/api/runs/{run['id']}/files", json={"numbers": ["svg"]})
    state = client.post(f"/api/runs/{run['id']}/cancel").json()
    assert again.status_code == 409 and "being made" in again.text
    assert (state["state"], state["making"], state["files"]) == ("done", False, files)
    client.post(f"/api/runs/{other['id']}/cancel")
    with monkeypatch.context() as patch:
        patch.setattr("ppp.pipeline.kept.load_kept", lambda *a: (_ for _ in ()).throw(UserError("It is lost.")))
        client.post(f"/api/runs/{run['id']}/files", json={"numbers": ["svg"]})
        state = made(client, run)
    assert state["error"]["what"] == "It is lost." and (state["state"], state["files"]) == ("done", files)
    client.post(f"/api/runs/{run['id']}/files", json={"numbers": ["svg"]})
    folder = client.app.state.context.store.run(run["id"]).folder
    client.delete(f"/api/runs/{run['id']}")
    until(lambda: not folder.exists())
