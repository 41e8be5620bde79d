// The page put together: from the painting to its parts, the wish, the runs, and what one takes home.

import { ask, listen, Trouble } from "./server.js";
import { calm, complain, duration, make, megabytes, say } from "./say.js";
import { PartsDesk } from "./parts.js";
import { Player } from "./player.js";
import { Runs } from "./runs.js";
import { Tries } from "./tries.js";
import { Wish } from "./wish.js";

const $ = (id) => document.getElementById(id);
const KEY = "ppp-painting";
const state = { painting: null, view: "parts", selected: null, stop: () => {}, told: 0 };

const options = await ask("GET", "api/options").catch((error) => (complain(error), null));
const wish = options && new Wish(options);
const player = new Player((share) => tries.move(share));
const parts = new PartsDesk((painting) => {
  state.painting = painting;
  wish.steering.show(painting.parts);
});
let runs = new Runs(changed);
const tries = new Tries({ select, remove: (run) => ask("DELETE", `api/runs/${run.id}`).catch(complain) });

// ---- the painting

async function take(asking) {
  calm();
  $("drop").setAttribute("aria-busy", "true");
  $("drop-title").textContent = "Reading the picture…";
  say("Reading the picture.");
  try {
    await open(await asking());
  } catch (error) {
    complain(error);
  }
  $("drop").removeAttribute("aria-busy");
  $("drop-title").textContent = "Drop a painting here";
  $("file").value = "";
}

function upload(file) {
  if (!file) return;
  take(async () => {
    if (file.size > options.most_bytes)
      throw new Trouble({ what: "This file is too large.", why: `It has ${megabytes(file.size)}.`, fix: `At most ${megabytes(options.most_bytes)} are taken.` });
    return ask("POST", "api/paintings", file);
  });
}

async function open(painting) {
  state.stop();
  Object.assign(state, { painting, selected: null });
  wish.goOn(null);
  wish.follow(null);
  sessionStorage.setItem(KEY, painting.id);
  runs = new Runs(changed);
  $("welcome").hidden = true;
  $("studio").hidden = $("another").hidden = false;
  const image = new Image();
  image.src = `api/paintings/${painting.id}/picture.jpg`;
  await image.decode();
  player.painting = image;
  Object.assign($("canvas"), { width: painting.view[0], height: painting.view[1] });
  wish.limit(painting.width * painting.height);
  wish.steering.clear();
  if (painting.parts) wish.steering.show(painting.parts);
  await parts.open(painting);
  show("parts");
  state.stop = listen(painting.id, happened, lost);
  refresh();
  $("main").focus({ preventScroll: true });
}

function close() {
  state.stop();
  sessionStorage.removeItem(KEY);
  Object.assign(state, { painting: null, selected: null });
  runs = new Runs(changed);
  player.show(null);
  $("studio").hidden = $("another").hidden = true;
  $("welcome").hidden = false;
  $("file").focus();
}

function another() {
  ask("DELETE", `api/paintings/${state.painting.id}`).catch(() => {}); // gone already is as good
  close();
}

// The stream of events has ended: ask whether the painting is still there.
async function lost() {
  const { painting } = state;
  try {
    await ask("GET", `api/paintings/${painting.id}`);
    if (state.painting === painting) await open(painting);
  } catch (error) {
    if (state.painting !== painting) return;
    close();
    complain(error);
  }
}

// ---- what the server tells

function happened(event, data) {
  if (event === "parts") {
    if (!parts.painting?.parts) {
      state.painting = data;
      wish.steering.show(data.parts);
      parts.open(data).then(() => show(state.view), complain);
      say(`${data.parts.filter((part) => part.share > 0).length} parts found.`);
    }
  } else if (event === "problem") {
    $("parts-note").textContent = "The parts could not be found.";
    complain(data.error);
  } else runs.on(event, data);
  refresh();
}

function changed(run, event) {
  if (event === "waiting" && !state.selected) select(run);
  if (event === "begun" && state.selected?.over && runs.working.length) select(run);
  if (run === state.selected) {
    if (event === "plan") player.score();
    if (event === "removed" || event === "cancelled") select(runs.list.at(-1) ?? null);
    else player.news();
  }
  if (event === "failed") complain(run.error);
  if (event === "done") {
    say(`${run.name} is painted. The files are at the top of the desk.`);
    if (run === state.selected) document.querySelector(".desk").scrollTo({ top: 0, behavior: "smooth" });
  }
  if (event === "frame" && run.done > 1) {
    const quarter = Math.floor((4 * run.done) / run.of);
    if (quarter > state.told && quarter < 4) say(`${25 * quarter} percent painted.`);
    state.told = quarter;
  }
  tries.picture(run);
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
  $("picture").hidden = view === "wall";
  $("wall").hidden = view !== "wall";
  $("overlay").hidden = view !== "parts" || !state.painting?.parts;
  $("transport").hidden = view === "parts";
  $("legend").hidden = view !== "lapse" || !player.run?.plan;
  if (view !== "lapse") player.compare(false);
  $("comparing").hidden = $("changing").hidden = view === "wall";
  $("go-on").hidden = view !== "lapse" || state.selected?.state !== "done";
  if (view === "wall") compareAll();
  else $("diversity").hidden = true;
  if (view === "parts") {
    player.pause();
    $("canvas").getContext("2d").drawImage(player.painting, 0, 0, $("canvas").width, $("canvas").height);
    $("canvas").setAttribute("aria-label", "The painting");
    $("caption").textContent = "";
    parts.draw();
  } else player.draw();
}

function refresh() {
  const { selected } = state, working = runs.working;
  document.querySelector('[data-view="lapse"]').disabled = !selected;
  document.querySelector('[data-view="wall"]').disabled = runs.list.length < 2;
  if (state.view === "wall" && runs.list.length < 2) show(selected ? "lapse" : "parts");
  $("paint").disabled = !state.painting?.parts;
  $("cancel").hidden = !working.length;
  $("cancel").textContent = working.length > 1 ? "Cancel all" : "Cancel";
  const total = working.reduce((sum, run) => sum + run.of, 0), done = working.reduce((sum, run) => sum + run.done, 0);
  $("progress").hidden = !working.length;
  $("progress").value = total ? done / total : 0;
  const now = working.find((run) => run.state === "painting") ?? working[0];
  const left = now?.left(performance.now());
  $("status").textContent = now ? `${now.name}: ${now.stateText}${left ? `, about ${duration(left)} left` : ""}` : "";
  tries.list(runs.list, selected);
  compareAll();
  $("go-on").hidden = selected?.state !== "done" || state.view !== "lapse";
  takeHome(selected?.state === "done" ? selected : null);
}

// On the wall: how much the finished runs differ, asked for when none is painted any more.
async function compareAll() {
  const done = runs.list.filter((run) => run.state === "done"), those = done.map((run) => run.id).join();
  $("diversity").hidden = state.view !== "wall" || done.length < 2 || state.compared !== those || !$("diversity").textContent;
  if (state.view !== "wall" || done.length < 2 || runs.working.length || state.compared === those) return;
  $("diversity").textContent = "";
  state.compared = those;
  const answer = await ask("GET", `api/paintings/${state.painting.id}/diversity`).catch(() => null); // gone while it was found
  if (state.compared !== those || answer?.runs.join() !== those) return;
  const differ = done.length === 2 ? "they differ" : "two of them differ";
  $("diversity").textContent = `Diversity ${(100 * answer.spread_l1).toFixed(1)} %: how much ${differ} where both are equally far from the painting.`;
  $("diversity").hidden = state.view !== "wall";
}

const FILES = {
  "timelapse.mp4": "The video", "timelapse.webm": "The video", "painting-process.zip": "Everything, frames too (zip)",
  "sheet.png": "The steps on one page", "segmentation.png": "The label map", "first_frame.png": "The first painted state",
  "plan.toml": "The plan as a file", "process.json": "What was done, in numbers",
};

function takeHome(run) {
  $("result").hidden = !run;
  if (!run || $("files").dataset.run === run.id) return;
  $("files").dataset.run = run.id;
  const names = Object.keys(FILES).filter((name) => name in run.files);
  $("files").replaceChildren(...names.map((name) =>
    make("li", {}, make("a", { href: `api/runs/${run.id}/files/${name}`, download: name }, FILES[name], make("small", {}, megabytes(run.files[name]))))));
  const rest = run.result.unfinished.length ? ` Not finished in the last frame: ${run.result.unfinished.join(", ")}.` : "";
  $("result-note").textContent = `${run.name}, ${run.manner}, ${run.of} frames, painted in ${duration(run.result.seconds)}.${rest}`;
}

// ---- what people do

$("file").addEventListener("change", () => upload($("file").files[0]));
$("example").addEventListener("click", () => take(() => ask("POST", "api/paintings/example")));
$("another").addEventListener("click", another);
$("trouble-close").addEventListener("click", calm);
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
$("wish").addEventListener("submit", async (event) => {
  event.preventDefault();
  calm();
  state.told = 0;
  try {
    const { runs: begun } = await ask("POST", `api/paintings/${state.painting.id}/runs`, { runs: wish.wishes });
    const first = runs.all.get(begun[0].id);
    if (first) select(first);
    else state.selected = null; // the news is on its way and selects it
    if (begun.length > 1) state.view = "wall";
    scrollTo({ top: 0, behavior: "smooth" }); // on a phone the picture is out of sight
  } catch (error) {
    complain(error);
  }
});
$("go-on").addEventListener("click", () => {
  wish.goOn({ run: player.run.id, frame: player.index }, `frame ${player.index} of ${player.run.name}`);
  player.pause();
  say($("begun-text").textContent);
  $("paint").focus();
});
// What is given beside the painting: a plan file, or a canvas to go on from.
function beside(input, address, most, use) {
  $(input).addEventListener("change", async () => {
    const file = $(input).files[0];
    calm();
    try {
      if (!file) return;
      if (file.size > most) throw new Trouble({ what: `${file.name} is too large.`, why: `It has ${megabytes(file.size)}.`, fix: `At most ${megabytes(most)} are taken.` });
      use(await ask("POST", `api/paintings/${state.painting.id}/${address}`, file), file.name);
    } catch (error) {
      complain(error);
    }
    $(input).value = "";
  });
}
if (options) {
  beside("plan-file", "plans", options.most_plan, (book, name) => {
    wish.follow(book, name);
    say(`The plan is ${name}.`);
  });
  beside("canvas-file", "canvases", options.most_bytes, (canvas, name) => {
    wish.goOn({ canvas: canvas.id }, name);
    say([$("begun-text").textContent, ...canvas.notes].join(" "));
  });
}
$("bare").addEventListener("click", () => {
  wish.goOn(null);
  $("paint").focus();
});
$("cancel").addEventListener("click", () => {
  for (const run of [...runs.working].reverse()) ask("POST", `api/runs/${run.id}/cancel`).catch(complain);
  say("Cancelling.");
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
addEventListener("paste", (event) => state.painting || upload(event.clipboardData.files[0]));
setInterval(() => runs.working.length && refresh(), 1000);

if (options) {
  $("limits").textContent = `PNG, JPEG, WebP, TIFF … up to ${megabytes(options.most_bytes)} and ${Math.round(options.most_pixels / 1e6)} million pixels`;
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  $("privacy").textContent = `${here ? "It stays on this computer, and" : "It"} is deleted after ${duration(options.keep)}.`;
  const before = sessionStorage.getItem(KEY);
  if (before) await ask("GET", `api/paintings/${before}`).then(open).catch(() => sessionStorage.removeItem(KEY));
}
document.documentElement.dataset.ready = "";
