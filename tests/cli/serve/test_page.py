"""The page in a real browser: give a painting, correct its parts, steer, paint, watch, compare, take home, cancel."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from browser import find_browser, served
from PIL import Image
from serving import LIMITS, png, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the extra [dev])")
BROWSER = find_browser()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
expect = playwright.expect
PATIENCE = 300_000  # only what never comes fails: a busy machine is not the fault of the page
expect.set_options(timeout=PATIENCE)
PAGE = Path(__file__).parents[3] / "cli" / "serve" / "page"


@pytest.fixture(scope="module")
def address(load_quick):
    from ppp.cli.serve.server import create_app

    with served(create_app(load_quick, LIMITS)) as address:
        yield address


@pytest.fixture(scope="module")
def brush_address(load):
    """Of a server that paints with the brush, which takes its time."""
    from ppp.cli.serve.server import create_app

    with served(create_app(load, LIMITS)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, address):
    """A function that opens the page in a window of its own; whatever the page complains of fails the test."""
    contexts, complaints = [], []

    def open_page(at=address, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(at)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [c for c in complaints if "the server responded with a status of 4" not in c] == []


@pytest.fixture
def page(opened):
    return opened()


@pytest.fixture
def brush_page(opened, brush_address):
    return opened(brush_address)


def give(page, data=None, name="my painting.png"):
    """Choose a file and wait until its parts are there."""
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data or png()})
    page.wait_for_selector("#parts-tools:not([hidden])")


def set_range(page, selector, value):
    """Move a slider as a hand or a key does."""
    page.locator(selector).fill(str(value))


def paint(page, frames=10):
    set_range(page, "#frames", frames)
    page.click("#paint")
    page.wait_for_selector("#cancel:not([hidden]), #result:not([hidden])")  # it may be done before one looks


def finished(page):
    page.wait_for_selector("#cancel", state="hidden")
    page.wait_for_selector("#result:not([hidden])")


def look(page, selector="#canvas"):
    """What is drawn on a canvas, (H,W,3)."""
    return np.asarray(Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")).astype(int)


def drawn(page, selector):
    """The pixels of the first such canvas, at 64 x 72, (72,64,3)."""
    pixels = page.evaluate(
        """selector => {
          const pen = new OffscreenCanvas(64, 72).getContext('2d');
          pen.drawImage(document.querySelector(selector), 0, 0, 64, 72);
          return [...pen.getImageData(0, 0, 64, 72).data];
        }""",
        selector,
    )
    return np.array(pixels).reshape(72, 64, 4)[..., :3].astype(int)


def fetched(page, link):
    with page.expect_download() as download:
        page.click(link)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_from_a_file_to_the_video(brush_page):
    page = brush_page
    expect(page.get_by_role("heading", name="How could it have been painted?")).to_be_visible()
    give(page)
    expect(page.locator("#welcome")).to_be_hidden()
    assert page.locator("#canvas").bounding_box()["height"] > 300, "a picture of 72 pixels, too"
    paint(page)
    finished(page)
    expect(page.locator("#counter")).to_contain_text("/ 9")
    expect(page.locator("#hush")).to_contain_text("Pause")
    page.keyboard.press("Space")  # with "Paint it" clicked last
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    page.click("#paint")  # the same again
    expect(page.locator("#status")).to_contain_text("Painted already")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator(".try")).to_have_count(1)
    # all pages of the steps, to read and to take along
    page.click("[data-view=sheet]")
    expect(page.locator("#pages img").first).to_be_visible()
    pages = page.locator("#pages img").count()
    assert pages == page.locator("#pages-files a[download^=sheet]").count()
    assert pages == page.locator("#files a[download^=sheet][download$=png]").count()
    page.locator("#pages img").last.scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('#pages img')].every(e => e.naturalWidth > 500)")
    name, last = fetched(page, "#pages-files a[download^=sheet] >> nth=-1")
    assert name == (f"sheet-{pages}.png" if pages > 1 else "sheet.png") and last[1:4] == b"PNG"
    page.click("[data-view=lapse]")
    name, video = fetched(page, "#files a[download^=timelapse]")
    assert name == "timelapse.mp4" and video[4:8] == b"ftyp"
    name, everything = fetched(page, "#files a[download$=zip]")
    files = zipfile.ZipFile(io.BytesIO(everything)).namelist()
    assert sum(file.startswith("painting-process/frames/") and file.endswith(".png") for file in files) == 10
    # more to take home, made of what is painted
    for group in page.locator("#take summary").all():
        group.click()
    page.check("#take [name=numbers][value=svg]")
    page.select_option("#take [name=paper]", "a3")  # of a PDF that is not asked for: not sent
    page.fill("#take [name=canvas_size]", "large")
    page.click("#make")
    expect(page.locator("#trouble")).to_contain_text("--canvas-size large is not understood")
    page.fill("#take [name=canvas_size]", "40cm")
    mine = {"name": "mine.toml", "mimeType": "text/plain", "buffer": b'paints = ["titanium white", "sap green"]'}
    page.set_input_files("#paints-file", mine)
    expect(page.locator("#take [name=paints] option:checked")).to_have_text("white, sap green")
    page.click("#make")
    name, numbers = fetched(page, "#files a[download='numbers.svg']")
    assert name == "numbers.svg" and b"<svg" in numbers
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("#make")).to_be_enabled()
    expect(page.locator(".try")).to_have_count(1)
    page.reload()
    expect(page.locator("#files a[download='numbers.svg']")).to_be_visible()
    expect(page.locator("#take [name=numbers][value=svg]")).to_be_checked()
    # scrubbing shows the frames, by pointer and by key
    set_range(page, "#scrub", 0)
    expect(page.locator("#caption")).to_contain_text("bare canvas")
    assert np.ptp(look(page)[10:-10, 10:-10], axis=(0, 1)).max() < 20, "nothing but the ground"
    page.focus("#scrub")
    page.keyboard.press("End")
    expect(page.locator("#counter")).to_have_text("9 / 9")
    until(lambda: look(page).mean() < 240)  # its frames are loaded again, too
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#counter")).to_have_text("8 / 9")
    expect(page.locator("#scrub")).to_have_attribute("aria-valuetext", re.compile("Frame 8 of 9, .+"))
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("#counter")).not_to_have_text("8 / 9")
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")


def test_what_a_step_changed_and_going_on_from_it(brush_page):
    page = brush_page
    give(page)
    paint(page)
    finished(page)
    set_range(page, "#scrub", 4)
    plain = look(page)
    page.click("#changing")
    expect(page.locator("#changing")).to_have_attribute("aria-pressed", "true")
    marked = look(page)
    grey = np.ptp(marked, axis=2) < 4
    assert grey.mean() > np.ptp(plain, axis=2).__lt__(4).mean()  # what was there before is grey
    assert (np.abs(marked - plain).max(axis=2) < 4).any()  # what the step painted is as it was
    page.click("#changing")
    np.testing.assert_array_equal(look(page), plain)
    page.click("#go-on")
    expect(page.locator("#begun-text")).to_have_text("Begins with frame 4 of Seed 0.")
    paint(page)
    expect(page.locator("#tries li")).to_have_count(2)
    expect(page.locator("#tries .name").nth(1)).to_have_text("Seed 0 from frame 4")
    finished(page)
    set_range(page, "#scrub", 0)
    expect(page.locator("#caption")).to_contain_text("the canvas to go on from")
    assert np.abs(look(page) - plain).mean() < 3
    page.click("#bare")
    expect(page.locator("#begun")).to_be_hidden()


def test_a_plan_file_and_a_canvas_are_given_beside_the_painting(page):
    give(page)
    page.get_by_text("More", exact=True).click()
    expect(page.locator("#canvas-help")).to_be_in_viewport()
    assert page.evaluate("[document.scrollingElement.scrollHeight, innerHeight]") == [800, 800]
    plan = b'plan = "own"\nseed = 6\n[[steps]]\nframe = 2\nrepeat = 3\ndegrees = {background = 0.5}\n'
    page.set_input_files("#plan-file", {"name": "mine.toml", "mimeType": "application/toml", "buffer": plan[:-4]})
    expect(page.get_by_role("alert")).to_contain_text("not valid TOML")
    page.set_input_files("#plan-file", {"name": "mine.toml", "mimeType": "application/toml", "buffer": plan})
    expect(page.locator("#plan option:checked")).to_have_text("mine.toml")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("#frames-out")).to_have_text("5")
    expect(page.locator("#seed")).to_have_value("6")
    canvas = png(np.full((72, 64, 3), 0.5))
    page.set_input_files("#canvas-file", {"name": "begun.png", "mimeType": "image/png", "buffer": canvas})
    expect(page.locator("#begun-text")).to_have_text("Begins with begun.png.")
    with page.expect_request("**/runs") as asked:
        page.click("#paint")
    (wish,) = asked.value.post_data_json["runs"]
    assert wish["frames"] == 5 and wish["seed"] == 6 and wish["book"] and wish["begun"]["canvas"]
    finished(page)
    expect(page.locator("#tries .name")).to_have_text("Seed 6 from a picture")
    set_range(page, "#scrub", 0)
    assert (np.abs(look(page)[10:-10, 10:-10] - 128) < 6).all()


def test_the_medium_is_chosen_and_a_step_speaks_of_its_brushes(brush_page):
    page = brush_page
    give(page)
    assert page.locator("#medium option").all_inner_texts()[:3] == [
        "As the painting looks", "Oil paint", "Gouache, or a painting program",
    ]  # fmt: skip
    page.select_option("#medium", "oil")
    page.check("input[name=habit][value=masses]")
    with page.expect_response(re.compile("files/timelapse")) as film:  # which plays in place of the frames
        paint(page)
        finished(page)
    assert film.value.status in (200, 206)
    expect(page.locator("#result-note")).to_contain_text("in oil")
    set_range(page, "#scrub", 1)
    expect(page.locator("#said")).to_contain_text("Block in")
    expect(page.locator("#said")).to_contain_text(re.compile(r"brush \(\d+ mm"))
    assert page.locator("#palette .swatch").count() >= 1
    said = page.locator("#said").inner_text()
    set_range(page, "#scrub", 9)
    expect(page.locator("#said")).not_to_have_text(said)
    page.click("#play")
    expect(page.locator("#said")).to_be_hidden()
    set_range(page, "#scrub", 4)  # which stops it
    expect(page.locator("#said")).to_be_visible()
    page.click("[data-view=parts]")
    expect(page.locator("#step")).to_be_hidden()


def test_comparing_shows_the_painting_beside_the_frame(page):
    give(page)
    paint(page)
    finished(page)
    set_range(page, "#scrub", 0)
    page.click("#comparing")
    set_range(page, "#compare", 50)
    page.locator("#seam").evaluate("e => e.style.visibility = 'hidden'")
    both = look(page)
    width = both.shape[1]
    assert np.ptp(both[10:-10, 10 : width // 2 - 10], axis=(0, 1)).max() < 20, "left the bare canvas"
    assert both[10:-10, width // 2 + 10 : -10].mean() < 240, "right the painting"
    set_range(page, "#compare", 100)
    assert np.ptp(look(page)[10:-10, 10:-10], axis=(0, 1)).max() < 20


def test_frames_are_shown_while_they_are_painted(brush_page):
    page = brush_page
    give(page)
    paint(page, 60)  # so many that it is not done before anybody can click
    expect(page.locator("#status")).to_contain_text(re.compile(r"frame \d+ of 60"))
    expect(page.locator("#counter")).to_have_text(re.compile(r"^[1-9]\d* / 59$"))
    page.click("#cancel")
    page.wait_for_selector("#cancel", state="hidden")
    expect(page.locator(".try")).to_have_count(0)
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator('[data-view="parts"]')).to_have_attribute("aria-pressed", "true")
    paint(page)
    finished(page)


def test_correcting_the_label_map_by_pointer_and_by_key(page):
    give(page)
    before = look(page, "#overlay")
    page.get_by_role("radio", name="mouth").check(force=True)
    box = page.locator("#overlay").bounding_box()
    with page.expect_response("**/edits") as sent:
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"], steps=5)
        page.mouse.up()
    assert sent.value.json()["edits"] == 1
    share = next(part["share"] for part in sent.value.json()["parts"] if part["name"] == "mouth")
    assert share > 0.02
    expect(page.locator("#undo")).to_be_enabled()
    assert np.abs(look(page, "#overlay") - before).mean() > 1
    held = []
    page.route("**/labels.png*", lambda route: held.append(route))  # the map comes after the brush has moved on
    with page.expect_response("**/edits") as sent:
        page.click("#undo")
    assert sent.value.json()["edits"] == 0
    page.focus("#overlay")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#live")).to_contain_text("50, 35: ")
    page.evaluate(
        "new MutationObserver(() => (window.late = true)).observe(document.querySelector('#live'), {childList: true})"
    )
    with page.expect_response("**/edits") as sent:
        page.keyboard.press("Space")  # which is sent when all that was before it is done
        for route in held:
            route.continue_()
        page.unroute("**/labels.png*")
    assert not page.evaluate("window.late"), "old news does not replace what was said since"
    (edit,) = sent.value.request.post_data_json["edits"]
    assert edit["part"] == "mouth" and edit["points"][0] == pytest.approx([0.5, 0.35])
    with page.expect_response("**/edits") as sent:
        page.keyboard.press("f")
    assert sent.value.json()["edits"] == 2
    # once the button is up, the stroke is what it is, however long the answer takes
    held = []
    page.route("**/edits", lambda route: held.append(route))
    drag(page, (0.3, 0.3), (0.4, 0.3))
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"], steps=5)
    drag(page, (0.3, 0.5), (0.4, 0.5))
    with page.expect_response(
        lambda answer: answer.url.endswith("edits") and len(answer.request.post_data_json["edits"]) == 4
    ) as sent:
        held.pop(0).continue_()
        page.wait_for_timeout(300)
        held.pop(0).continue_()
        page.unroute("**/edits")
    assert np.max(sent.value.request.post_data_json["edits"][2]["points"], axis=0)[0] == pytest.approx(0.4, abs=0.01)


def at(page, x, y):
    """A place on the picture (shares) on the page."""
    box = page.locator("#picture").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page, start, end, **button):
    page.mouse.move(*at(page, *start))
    page.mouse.down(**button)
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up(**button)


def painted(page, start, end):
    """The points of a stroke that is drawn from here to there."""
    with page.expect_response("**/edits") as sent:
        drag(page, start, end)
    return np.array(sent.value.request.post_data_json["edits"][-1]["points"])


def test_zoom_and_pan_while_correcting(opened):
    page = opened(has_touch=True)
    give(page)
    page.mouse.move(*at(page, 0.25, 0.25))
    page.mouse.wheel(0, 600)  # it is not smaller than whole
    expect(page.locator("#zoom-now")).to_have_text("100 %")
    for _ in range(3):
        page.mouse.wheel(0, -100)
    expect(page.locator("#zoom-now")).not_to_have_text("100 %")
    scale = page.evaluate("document.querySelector('#overlay').getBoundingClientRect().width / picture.clientWidth")
    assert scale > 2 and page.locator("#zoom-now").inner_text() == f"{round(100 * scale)} %"
    stroke = painted(page, (0.25, 0.25), (0.45, 0.25))  # what is under the pointer stays there
    np.testing.assert_allclose(stroke[[0, -1]], [(0.25, 0.25), (0.25 + 0.2 / scale, 0.25)], atol=0.005)
    drag(page, (0.5, 0.5), (0.4, 0.5), button="middle")
    left = 0.25 + 0.1 / scale
    np.testing.assert_allclose(painted(page, (0.25, 0.25), (0.25, 0.3))[0], (left, 0.25), atol=0.005)
    page.get_by_text("Move", exact=True).click()
    drag(page, (0.5, 0.5), (0.9, 0.5))
    drag(page, (0.1, 0.5), (0.9, 0.5))  # not beyond the rim
    page.get_by_text("Brush", exact=True).click()
    assert painted(page, (0.01, 0.25), (0.01, 0.3))[0][0] == pytest.approx(0.01 / scale, abs=0.005)
    page.click("#zoom-fit")
    expect(page.locator("#zoom-now")).to_have_text("100 %")
    # two fingers zoom, and the first of them has drawn nothing
    sent = []
    page.on("request", lambda request: request.url.endswith("edits") and sent.append(request))
    touch = page.context.new_cdp_session(page)

    def fingers(kind, *points):
        places = [dict(zip("xy", at(page, *point), strict=True), id=i) for i, point in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    fingers("touchStart", (0.45, 0.5))
    fingers("touchStart", (0.45, 0.5), (0.55, 0.5))
    for part in (0.1, 0.2):
        fingers("touchMove", (0.5 - part, 0.5), (0.5 + part, 0.5))
    fingers("touchEnd")
    expect(page.locator("#zoom-now")).to_have_text("400 %")
    assert sent == []
    page.focus("#overlay")
    page.keyboard.press("-")
    expect(page.locator("#zoom-now")).to_have_text("267 %")
    page.keyboard.press("0")
    expect(page.locator("#zoom-now")).to_have_text("100 %")


def test_things_are_added_ranked_renamed_and_merged(page):
    give(page)
    page.click("#part-box summary")
    page.select_option("#part-class", "tree")
    with page.expect_response("**/edits"):
        page.click("#part-new")
    expect(page.get_by_role("radio", name="tree")).to_be_checked()
    rows = page.locator(".ranks li")

    def tap(x, y):
        page.locator("#overlay").scroll_into_view_if_needed()
        box = page.locator("#overlay").bounding_box()
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    expect(rows.first).to_have_attribute("data-part", "background")
    with page.expect_response("**/edits"):
        tap(0.3, 0.3)
    with page.expect_response("**/edits"):
        page.click("#part-new")
    expect(page.get_by_role("radio", name="tree 2")).to_be_checked()
    with page.expect_response("**/edits"):
        page.get_by_text("Fill", exact=True).click()
        tap(0.8, 0.8)
    before = look(page, "#overlay")
    page.check("#depth")
    depth = look(page, "#overlay")
    assert np.abs(depth - before).mean() > 2
    page.uncheck("#depth")
    with page.expect_response("**/edits") as sent:  # by key
        page.get_by_role("button", name="tree 2 farther").press("Enter")
    order = [part["name"] for part in sent.value.json()["parts"]]
    assert order.index("tree 2") < order.index("tree")
    expect(page.locator("#live")).to_contain_text("tree 2, number")
    expect(page.get_by_role("button", name="tree 2 farther")).to_be_focused()
    names = [row.get_attribute("data-part") for row in rows.all()]
    grip = page.locator('[data-part="tree"] .grip')
    grip.scroll_into_view_if_needed()
    grip.hover()
    page.mouse.down()
    above = page.locator('[data-part="tree 2"]').bounding_box()
    page.mouse.move(above["x"] + 5, above["y"] + 4, steps=4)
    with page.expect_response("**/edits") as sent:
        page.mouse.up()
    place = names.index("tree 2")
    assert sent.value.request.post_data_json["edits"][-1]["order"][place : place + 2] == ["tree", "tree 2"]
    page.get_by_role("radio", name="tree 2").check(force=True)
    page.fill("#part-name", "old boat")
    page.select_option("#part-class", "vehicle")
    with page.expect_response("**/edits"):
        page.click("#part-rename")
    expect(page.get_by_role("radio", name="old boat vehicle")).to_be_checked()
    page.select_option("#part-into", "tree")
    with page.expect_response("**/edits") as sent:
        page.click("#part-merge")
    shares = {part["name"]: part["share"] for part in sent.value.json()["parts"]}
    assert shares["old boat"] == 0 < shares["tree"]
    page.fill("#part-name", "hair")
    page.click("#part-rename")
    expect(page.get_by_role("alert")).to_contain_text("repeated class names")


def test_changing_order_and_degrees(brush_page):
    page = brush_page
    give(page)
    page.click("#order-box summary")
    names = page.locator(".order .part")
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    expect(page.get_by_role("button", name=f"{first} earlier")).to_be_disabled()
    page.get_by_role("button", name=f"{second} earlier").press("Enter")
    assert names.nth(0).inner_text() == second
    expect(page.locator("#live")).to_contain_text(f"{second}, number 1 of")
    count = names.count()
    grips = page.locator(".order .grip")
    grips.nth(0).scroll_into_view_if_needed()
    grips.nth(0).hover()
    page.mouse.down()
    below = grips.nth(2).bounding_box()
    page.mouse.move(below["x"] + 5, below["y"] + below["height"], steps=4)
    page.mouse.up()
    assert names.nth(2).inner_text() == second, "dragged from the first place to the third"
    order = [names.nth(i).inner_text() for i in range(count)]
    set_range(page, f'[aria-label="How much of {first} is painted, in percent"]', 40)
    set_range(page, f'[aria-label="How much of {second} is painted, in percent"]', 0)
    expect(page.locator("#order-box summary")).to_contain_text("own order, own degrees")
    with page.expect_request("**/runs") as asked:
        paint(page, 12)
    (wish,) = asked.value.post_data_json["runs"]
    assert wish["order"] == order
    assert wish["degrees"] == {first: 0.4, second: 0}
    finished(page)
    expect(page.locator("#result-note")).to_contain_text("Not finished in the last frame")
    page.get_by_role("button", name="As the artist likes").click()
    expect(page.locator("#order-box summary")).to_contain_text("as the artist likes")
    assert [names.nth(0).inner_text(), names.nth(1).inner_text()] == [first, second]


def test_variations_side_by_side(brush_page):
    page = brush_page
    give(page)
    page.get_by_role("radio", name="3", exact=True).check(force=True)
    expect(page.locator("#paint")).to_have_text("Paint it 3 ways")
    paint(page)
    expect(page.locator(".try")).to_have_count(3)
    finished(page)
    expect(page.locator("#wall figure")).to_have_count(3)
    expect(page.locator("#wall figcaption").nth(2)).to_contain_text(re.compile("Seed 2, .+: .+"))
    expect(page.locator("#wall canvas").first).to_be_visible()
    expect(page.locator("#diversity")).to_have_text(re.compile(r"Diversity \d+\.\d %: how much two of them differ"))
    # small pictures are of the middle, where ways to paint differ
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    thumb = drawn(page, ".try canvas")
    set_range(page, "#scrub", 5)
    middle = drawn(page, "#wall canvas")
    set_range(page, "#scrub", 9)
    last = drawn(page, "#wall canvas")
    assert np.abs(thumb - middle).mean() < 0.1 * np.abs(thumb - last).mean()
    page.locator(".try").nth(1).click()
    page.click('[data-view="lapse"]')
    expect(page.locator("#diversity")).to_be_hidden()
    expect(page.locator("#result-note")).to_contain_text("Seed 1")
    expect(page.locator("#caption")).to_contain_text("Seed 1, step 9")
    page.get_by_role("button", name="Remove Seed 0").click()
    expect(page.locator(".try")).to_have_count(2)


def test_a_reloaded_page_finds_its_painting_and_its_runs_again(brush_page):
    page = brush_page
    give(page)
    paint(page)
    finished(page)
    page.click("[data-view=parts]")
    with page.expect_response("**/edits"):
        drag(page, (0.2, 0.2), (0.6, 0.2))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    finished(page)
    expect(page.locator(".try")).to_have_count(1)
    # corrections, too: one more does not undo them
    page.click("[data-view=parts]")
    assert len(painted(page, (0.2, 0.6), (0.6, 0.6))) and page.locator("#undo").is_enabled()
    with page.expect_response("**/edits") as sent:
        page.click("#undo")
    assert sent.value.json()["edits"] == 1
    paint(page)  # other parts: another run
    expect(page.locator(".try")).to_have_count(2)
    page.click("#cancel")
    page.wait_for_selector("#cancel", state="hidden")
    page.click("#another")
    expect(page.locator("#welcome")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#welcome")).to_be_visible()


def test_what_cannot_be_used_is_said_and_can_be_closed(page):
    page.set_input_files("#file", {"name": "x.png", "mimeType": "image/png", "buffer": b"hello"})
    expect(page.get_by_role("alert")).to_contain_text("not a picture")
    page.set_input_files("#file", {"name": "x.png", "mimeType": "image/png", "buffer": bytes(400_000)})
    expect(page.get_by_role("alert")).to_contain_text("too large")
    page.click("#trouble-close")
    expect(page.get_by_role("alert")).to_be_hidden()
    give(page)


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_any_width(opened, width, scheme):
    page = opened(viewport={"width": width, "height": 740}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width != 360 and scheme == "dark":
        return
    give(page)
    paint(page)
    finished(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#canvas")).to_be_in_viewport()
    play, bar = (page.locator(name).bounding_box() for name in ("#play", ".go"))
    assert play["y"] + play["height"] <= bar["y"], "the button is not under the bar"
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button, select, #files a')].filter(e => e.offsetParent)"
        ".filter(e => e.getBoundingClientRect().height < 32).map(e => e.id || e.textContent)"
    )
    assert small == [], "targets that are hard to hit"


def test_everything_has_a_name_and_can_be_reached_by_key(page):
    give(page)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, a, progress')].filter(e => !("
        "e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')"
        " || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)"
    )
    assert nameless == []
    seen = []
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator(".skip").focus()
    ringed = (
        "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).outlineStyle != 'none').filter(e =>"
        " ![e, e.previousElementSibling, e.nextElementSibling].includes(document.activeElement)).map(e => e.outerHTML)"
    )
    assert page.evaluate("getComputedStyle(main).outlineStyle") == "none"
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
        assert page.evaluate(ringed) == [], "a ring round what has not the focus"
    order = [
        name
        for name in ("another", "overlay", "part", "tool", "size", "habit", "frames", "seed", "paint")
        if name in seen
    ]
    assert order == ["another", "overlay", "part", "tool", "size", "habit", "frames", "seed", "paint"]
    assert [seen.index(name) for name in order] == sorted(seen.index(name) for name in order)


def test_colours_have_contrast_in_both_schemes():
    """WCAG 2.1: 4.5 for text, 3 for the borders of controls and the focus."""
    text = (PAGE / "theme.css").read_text("utf-8")
    for scheme in re.findall(r":root \{(.*?)\}", text, flags=re.DOTALL):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        for ink in ("ink", "soft"):
            for ground in ("paper", "wall", "card", "canvas"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["accent-ink"], colours["accent"]) >= 4.5
        for line in ("edge", "focus", "accent"):
            for ground in ("paper", "wall", "card"):
                assert contrast(colours[line], colours[ground]) >= 3, (line, ground)


def contrast(a, b):
    def light(colour):
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722)

    bright, dark = sorted((light(a), light(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
