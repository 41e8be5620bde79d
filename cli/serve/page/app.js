// The page's controller: upload, parts, form, runs, results.

import { listen, request, RequestError } from "./api.js";
import { announce, duration, element, hideError, megabytes, showError } from "./ui.js";
import { PartsEditor } from "./parts_editor.js";
import { Player } from "./player.js";
import { Runs, fileAddress } from "./runs.js";
import { Variations } from "./variations.js";
import { RunForm } from "./run_form.js";
import { TakeHome } from "./take_home.js";

const $ = (id) => document.getElementById(id);
const KEY = "ppp-painting";
const state = { painting: null, view: "parts", selected: null, stopListening: () => {}, announced: 0 };

const options = await request("GET", "api/options").catch((error) => (showError(error), null));
const form = options && new RunForm(options);
const takeHome = options && new TakeHome(options.take_home, makeFiles);
const player = new Player((position) => variations.seek(position));
const parts = new PartsEditor((painting) => {
  state.painting = painting;
  form.planControls.show(painting.parts);
});
let runs = new Runs(runChanged);
const variations = new Variations({ select, remove: (run) => request("DELETE", `api/runs/${run.id}`).catch(showError) });

// ---- the painting

async function openWhenReady(upload) {
  hideError();
  $("drop").setAttribute("aria-busy", "true");
  $("drop-title").textContent = "Reading the picture…";
  announce("Reading the picture.");
  try {
    await open(await upload());
  } catch (error) {
    showError(error);
  }
  $("drop").removeAttribute("aria-busy");
  $("drop-title").textContent = "Drop a painting here";
  $("file").value = "";
}

function upload(file) {
  if (!file) return;
  openWhenReady(async () => {
    if (file.size > options.most_bytes)
      throw new RequestError({ what: "This file is too large.", why: `It has ${megabytes(file.size)}.`, fix: `At most ${megabytes(options.most_bytes)} are taken.` });
    return request("POST", "api/paintings", file);
  });
}

async function open(painting) {
  state.stopListening();
  Object.assign(state, { painting, selected: null, note: null });
  form.continueFrom(null);
  form.usePlanFile(null);
  sessionStorage.setItem(KEY, painting.id);
  runs = new Runs(runChanged);
  $("welcome").hidden = true;
  $("studio").hidden = $("another").hidden = false;
  const image = new Image();
  image.src = `api/paintings/${painting.id}/picture.jpg`;
  await image.decode();
  player.painting = image;
  Object.assign($("canvas"), { width: painting.view[0], height: painting.view[1] });
  form.limitFrames(painting.width * painting.height);
  form.planControls.clear();
  if (painting.parts) form.planControls.show(painting.parts);
  $("studio").style.setProperty("--aspect", painting.view[0] / painting.view[1]);
  await parts.open(painting);
  show("parts");
  state.stopListening = listen(painting.id, handleEvent, streamEnded);
  refresh();
  $("main").focus({ preventScroll: true });
}

function close() {
  state.stopListening();
  sessionStorage.removeItem(KEY);
  Object.assign(state, { painting: null, selected: null });
  runs = new Runs(runChanged);
  player.show(null);
  $("studio").hidden = $("another").hidden = true;
  $("welcome").hidden = false;
  $("file").focus();
}

function discard() {
  request("DELETE", `api/paintings/${state.painting.id}`).catch(() => {}); // it may be deleted already
  close();
}

// The event stream ended: check whether the painting still exists.
async function streamEnded() {
  const { painting } = state;
  try {
    await request("GET", `api/paintings/${painting.id}`);
    if (state.painting === painting) await open(painting);
  } catch (error) {
    if (state.painting !== painting) return;
    close();
    showError(error);
  }
}

// ---- events

function handleEvent(event, data) {
  if (event === "parts") {
    if (!parts.painting?.parts) {
      state.painting = data;
      form.planControls.show(data.parts);
      parts.open(data).then(() => show(state.view), showError);
      announce(`${data.parts.filter((part) => part.share > 0).length} parts found.`);
    }
  } else if (event === "problem") {
    $("parts-note").textContent = "The parts could not be found.";
    showError(data.error);
  } else runs.handle(event, data);
  refresh();
}

// All that were asked for side by side, once there are two of them: events may come after the answer.
function showWall() {
  if (!state.wall || runs.list.length < 2) return;
  state.wall = false;
  show("wall");
}

function runChanged(run, event, data) {
  if (event === "waiting" && !state.selected) select(run);
  if (event === "waiting") showWall();
  if (event === "begun" && state.selected?.isFinished && runs.unfinished.length) select(run);
  if (run === state.selected) {
    if (event === "plan") player.drawPlan();
    if (event === "removed" || event === "cancelled") select(runs.list.at(-1) ?? null);
    else player.update();
  }
  if (event === "failed") showError(run.error);
  if (event === "made") {
    if (data.error) showError(data.error);
    else announce("The files are made. They are at the top of the desk.");
    if (run === state.selected) player.reloadFilm();
    if (run === state.selected && state.view === "sheet") showSheet(run);
  }
  if (event === "done") {
    announce(`${run.name} is painted. The files are at the top of the desk.`);
    if (run === state.selected) document.querySelector(".desk").scrollTo({ top: 0, behavior: "smooth" });
  }
  if (event === "frame" && run.done > 1) {
    const quarter = Math.floor((4 * run.done) / run.total);
    if (quarter > state.announced && quarter < 4) announce(`${25 * quarter} percent painted.`);
    state.announced = quarter;
  }
  variations.showNewest(run);
  if (event !== "loaded") refresh();
}

// ---- showing

function select(run) {
  state.selected = run;
  player.show(run);
  show(run ? (state.view === "wall" ? "wall" : "lapse") : "parts");
  refresh();
}

function show(view) {
  if (view !== "parts" && !state.selected) view = "parts";
  state.view = view;
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", button.dataset.view === view);
  $("picture").hidden = view === "wall" || view === "sheet";
  $("wall").hidden = view !== "wall";
  $("sheet").hidden = view !== "sheet";
  if (view === "sheet") showSheet(state.selected);
  $("overlay").hidden = view !== "parts" || !state.painting?.parts;
  $("transport").hidden = view === "parts" || view === "sheet";
  $("caption").hidden = view !== "lapse"; // side by side each has its own
  parts.zoom.show(view === "parts" && Boolean(state.painting?.parts));
  $("legend").hidden = !["lapse", "wall"].includes(view) || !player.run?.plan;
  if (view !== "lapse") player.compare(false);
  $("comparing").hidden = $("changing").hidden = view === "wall";
  $("go-on").hidden = view !== "lapse" || state.selected?.state !== "done";
  if (view === "wall") showDiversity();
  else $("diversity").hidden = true;
  if (view === "sheet") player.pause();
  if (view === "parts") {
    player.pause();
    $("canvas").getContext("2d").drawImage(player.painting, 0, 0, $("canvas").width, $("canvas").height);
    $("canvas").setAttribute("aria-label", "The painting");
    player.tell();
    parts.draw();
  } else if (view !== "sheet") player.draw();
}

// The pages of the step sheet of a run, to read here and to take along.
const PAGE = /^sheet(-\d+)?\.png$/;
const pageNumber = (name) => Number(name.match(/\d+/) ?? 1);
const pagesOf = (run) => Object.keys(run?.files ?? {}).filter((name) => PAGE.test(name)).sort((a, b) => pageNumber(a) - pageNumber(b));
const shownFiles = (run) => `${run.id} ${run.version}`;

function showSheet(run) {
  if ($("sheet").dataset.run === shownFiles(run)) return;
  $("sheet").dataset.run = shownFiles(run);
  const pages = pagesOf(run);
  $("pages").replaceChildren(...pages.map((name, i) =>
    element("li", {}, element("img", { src: fileAddress(run, name), alt: `Page ${i + 1} of ${pages.length} of the steps to paint along with`, loading: i ? "lazy" : "eager" }))));
  $("pages-files").replaceChildren(...[...pages, "sheet.pdf"].filter((name) => name in run.files).map((name) => fileLink(run, name)));
}

function refresh() {
  const { selected } = state, unfinished = runs.unfinished;
  document.querySelector('[data-view="lapse"]').disabled = !selected;
  document.querySelector('[data-view="wall"]').disabled = runs.list.length < 2;
  document.querySelector('[data-view="sheet"]').disabled = !pagesOf(selected).length;
  player.several = runs.list.length > 1;
  if ((state.view === "wall" && runs.list.length < 2) || (state.view === "sheet" && !pagesOf(selected).length)) show(selected ? "lapse" : "parts");
  $("paint").disabled = !state.painting?.parts;
  $("cancel").hidden = !unfinished.length;
  $("cancel").textContent = unfinished.length > 1 ? "Cancel all" : "Cancel";
  const total = unfinished.reduce((sum, run) => sum + run.total, 0), done = unfinished.reduce((sum, run) => sum + run.done, 0);
  $("progress").hidden = !unfinished.length;
  $("progress").value = total ? done / total : 0;
  const now = unfinished.find((run) => run.state === "painting") ?? unfinished[0];
  const left = now?.secondsLeft(performance.now());
  $("status").textContent = now ? `${now.name}: ${now.stateText}${left ? `, about ${duration(left)} left` : ""}` : state.note ?? "";
  variations.update(runs.list, selected);
  showDiversity();
  $("go-on").hidden = selected?.state !== "done" || state.view !== "lapse";
  showFiles(selected?.state === "done" ? selected : null);
}

// Side by side: show the diversity of the finished runs, once none is being painted.
async function showDiversity() {
  const done = runs.list.filter((run) => run.state === "done"), compared = done.map((run) => run.id).join();
  $("diversity").hidden = state.view !== "wall" || done.length < 2 || state.compared !== compared || !$("diversity").textContent;
  if (state.view !== "wall" || done.length < 2 || runs.unfinished.length || state.compared === compared) return;
  $("diversity").textContent = "";
  state.compared = compared;
  const answer = await request("GET", `api/paintings/${state.painting.id}/diversity`).catch(() => null); // a run was removed meanwhile
  if (state.compared !== compared || answer?.runs.join() !== compared) return;
  const differ = done.length === 2 ? "they differ" : "two of them differ";
  $("diversity").textContent = `Diversity ${(100 * answer.spread_l1).toFixed(1)} %: how much ${differ} where both are equally far from the painting.`;
  $("diversity").hidden = state.view !== "wall";
}

const FILES = {
  "timelapse.mp4": "The video", "timelapse.webm": "The video", "painting-process.zip": "Everything, frames too (zip)",
  "timelapse.gif": "The film as an animation (GIF)", "timelapse.webp": "The film as an animation (WebP)", "timelapse.apng": "The film as an animation (PNG)",
  "timelapse.srt": "Captions (srt)", "timelapse.vtt": "Captions (vtt)",
  "layers.ora": "Layers for Krita and GIMP", "layers.psd": "Layers for Photoshop, Procreate, Affinity",
  "numbers.svg": "To paint by numbers (SVG)", "numbers.pdf": "To paint by numbers (PDF)",
  "strokes.json": "Every brush stroke, as data", "strokes.svg": "Every brush stroke, for plotters",
  "sheet.pdf": "The steps to paint along with (PDF)", "sheet.png": "The steps to paint along with", "segmentation.png": "The label map", "first_frame.png": "The first painted state",
  "plan.toml": "The plan as a file", "process.json": "What was done, in numbers",
};

function fileLink(run, name) {
  const what = FILES[name] ?? `Page ${pageNumber(name)} of the steps`;
  return element("li", {}, element("a", { href: fileAddress(run, name), download: name }, what, element("small", {}, megabytes(run.files[name]))));
}

function showFiles(run) {
  $("result").hidden = !run;
  takeHome?.showProgress(run?.making);
  if (!run || $("files").dataset.run === shownFiles(run)) return;
  $("files").dataset.run = shownFiles(run);
  takeHome.fill(run.home);
  const names = Object.keys(FILES).filter((name) => name in run.files).flatMap((name) => (name === "sheet.png" ? pagesOf(run) : [name]));
  $("files").replaceChildren(...names.map((name) => fileLink(run, name)));
  const rest = run.result.unfinished.length ? ` Not finished in the last frame: ${run.result.unfinished.join(", ")}.` : "";
  $("result-note").textContent = `${run.name}, ${run.method}, ${run.total} frames, painted in ${duration(run.result.seconds)}.${rest}`;
}

async function makeFiles(wanted) {
  hideError();
  try {
    await request("POST", `api/runs/${state.selected.id}/files`, wanted);
  } catch (error) {
    showError(error);
  }
}

// ---- user actions

$("file").addEventListener("change", () => upload($("file").files[0]));
$("example").addEventListener("click", () => openWhenReady(() => request("POST", "api/paintings/example")));
$("another").addEventListener("click", discard);
$("trouble-close").addEventListener("click", hideError);
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
$("wish").addEventListener("submit", async (event) => {
  event.preventDefault();
  hideError();
  state.announced = 0;
  state.note = null;
  try {
    await parts.sending; // corrections that are on their way
    const wanted = form.runs.map((options) => [options, runs.list.find((run) => run.equals(options, state.painting.labels))]);
    const missing = wanted.filter(([, equal]) => !equal).map(([options]) => options);
    const queued = missing.length ? (await request("POST", `api/paintings/${state.painting.id}/runs`, { runs: missing })).runs : [];
    const first = wanted[0][1] ?? runs.all.get(queued[0].id);
    if (first) select(first);
    else state.selected = null; // its event is on the way and selects it
    state.wall = wanted.length > 1;
    showWall();
    if (!missing.length && first.isFinished) {
      state.note = "Painted already, with just these choices. Another seed paints it another way.";
      announce(state.note);
      refresh();
      player.play();
    }
    scrollTo({ top: 0, behavior: "smooth" }); // on a phone the picture is out of sight
  } catch (error) {
    showError(error);
  }
});
$("go-on").addEventListener("click", () => {
  form.continueFrom({ run: player.run.id, frame: player.index }, `frame ${player.index} of ${player.run.name}`);
  player.pause();
  announce($("begun-text").textContent);
  $("paint").focus();
});
// Attachments: a plan file, or a canvas to continue from.
function attach(input, address, most, use) {
  $(input).addEventListener("change", async () => {
    const file = $(input).files[0];
    hideError();
    try {
      if (!file) return;
      if (file.size > most) throw new RequestError({ what: `${file.name} is too large.`, why: `It has ${megabytes(file.size)}.`, fix: `At most ${megabytes(most)} are taken.` });
      use(await request("POST", `api/paintings/${state.painting.id}/${address}`, file), file.name);
    } catch (error) {
      showError(error);
    }
    $(input).value = "";
  });
}
if (options) {
  attach("plan-file", "plans", options.most_plan, (planFile, name) => {
    form.usePlanFile(planFile, name);
    announce(`The plan is ${name}.`);
  });
  attach("paints-file", "paints", options.most_plan, (paints, name) => {
    takeHome.addPaints(paints);
    announce(`Recipes for the paints of ${name}.`);
  });
  attach("canvas-file", "canvases", options.most_bytes, (canvas, name) => {
    form.continueFrom({ canvas: canvas.id }, name);
    announce([$("begun-text").textContent, ...canvas.notes].join(" "));
  });
}
$("bare").addEventListener("click", () => {
  form.continueFrom(null);
  $("paint").focus();
});
$("cancel").addEventListener("click", () => {
  for (const run of [...runs.unfinished].reverse()) request("POST", `api/runs/${run.id}/cancel`).catch(showError);
  announce("Cancelling.");
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  $("drop").classList.add("over");
});
addEventListener("dragleave", (event) => event.relatedTarget || $("drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  upload(event.dataTransfer.files[0]);
});
// Space plays, whatever was clicked before; who goes by keys has buttons pressed by it, as everywhere.
let byPointer = true;
addEventListener("pointerdown", () => (byPointer = true), true);
addEventListener("keydown", (event) => {
  if (event.key === "Tab") byPointer = false;
  if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey || $("transport").hidden || $("studio").hidden) return;
  const own = event.target.closest('button, a, select, textarea, summary, [role="application"], input:not([type="range"])');
  if (own && !(byPointer && own.matches("button"))) return;
  event.preventDefault();
  if (!event.repeat) player.toggle();
}, true);
addEventListener("keyup", (event) => event.key === " " && byPointer && !$("transport").hidden && event.target.matches("button") && event.preventDefault(), true);
// What is opened is brought into sight.
for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", () => details.open && details.scrollIntoView({ block: "nearest" }));
addEventListener("paste", (event) => state.painting || upload(event.clipboardData.files[0]));
setInterval(() => runs.unfinished.length && refresh(), 1000);

if (options) {
  $("limits").textContent = `PNG, JPEG, WebP, TIFF … up to ${megabytes(options.most_bytes)} and ${Math.round(options.most_pixels / 1e6)} million pixels`;
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  $("privacy").textContent = `${here ? "It stays on this computer, and" : "It"} is deleted after ${duration(options.keep)}.`;
  const before = sessionStorage.getItem(KEY);
  if (before) await request("GET", `api/paintings/${before}`).then(open).catch(() => sessionStorage.removeItem(KEY));
}
document.documentElement.dataset.ready = "";
