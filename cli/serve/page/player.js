// The player: follows a run while it is painted, then plays, scrubs and compares with the painting.

import { fileAddress } from "./runs.js";
import { capital, colour, dot, element } from "./ui.js";

const $ = (id) => document.getElementById(id);
const LENGTH = 7, HOLD = 1.6; // seconds, about as in the video
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Player {
  constructor(onSeek) {
    Object.assign(this, { run: null, painting: null, index: 0, follow: true, playing: false, onSeek });
    this.canvas = $("canvas");
    this.film = null;
    $("scrub").addEventListener("input", () => this.seek(Number($("scrub").value)));
    $("play").addEventListener("click", () => this.toggle());
    $("compare").addEventListener("input", () => this.draw());
    $("comparing").addEventListener("click", () => this.compare($("compare").hidden));
    $("changing").addEventListener("click", () => {
      $("changing").setAttribute("aria-pressed", $("changing").getAttribute("aria-pressed") !== "true");
      this.draw();
    });
    $("score").addEventListener("pointerdown", (event) => {
      if (!this.run) return;
      const box = $("score").getBoundingClientRect();
      this.seek(Math.round(((event.clientX - box.left) / box.width) * (this.run.total - 1)));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawPlan());
  }

  // Show a run: its newest frame while it is painted; one that is done is played.
  show(run) {
    const other = this.run !== run;
    if (other) this.pause();
    this.run = run;
    if (!run) return this.tell();
    if (other) {
      this.film = null;
      this.follow = !run.isFinished;
      this.index = Math.max(0, run.done - 1);
      this.drawPlan();
    }
    this.update();
  }

  // Frames were added, or the run ended.
  update() {
    const run = this.run;
    if (!run) return;
    $("scrub").max = Math.max(1, run.total - 1);
    if (this.follow && !run.isFinished) this.index = Math.max(0, run.done - 1);
    if (run.state === "done") this.loadFilm();
    if (run.state === "done" && this.follow) {
      this.follow = false;
      if (!reducedMotion.matches) this.play();
    }
    this.draw();
  }

  seek(index) {
    this.pause();
    this.follow = false;
    this.index = Math.min(Math.max(0, index), Math.max(0, this.run.done - 1));
    this.draw();
  }

  play() {
    if (!this.run?.done) return;
    this.playing = true;
    this.follow = false;
    if (this.index >= this.run.done - 1) this.index = 0;
    this.from = performance.now() - this.index / this.rate * 1000;
    this.startFilm();
    $("play").dataset.playing = "";
    $("play").setAttribute("aria-label", "Pause");
    requestAnimationFrame((now) => this.tick(now));
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  pause() {
    this.playing = false;
    this.film?.pause();
    delete $("play").dataset.playing;
    $("play").setAttribute("aria-label", "Play");
    this.tell();
  }

  // The video of a finished run: between its frames it shows strokes being laid. The frames do where it cannot be shown.
  loadFilm() {
    const { file, smooth } = this.run.result.film;
    if (this.film || !(smooth > 1) || !/\.(mp4|webm)$/.test(file)) return;
    const film = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, preload: "auto" });
    film.addEventListener("error", () => (film.failed = true));
    film.addEventListener("loadeddata", () => this.film === film && this.startFilm());
    film.src = fileAddress(this.run, file);
    this.film = film;
  }

  // The run has another film now.
  reloadFilm() {
    this.pause();
    this.film = null;
    this.update();
  }

  startFilm() {
    const { film } = this;
    if (!this.playing || !film || film.failed || film.readyState < 2) return;
    const { fps, smooth } = this.run.result.film;
    film.currentTime = this.index * smooth / fps;
    film.play().catch(() => (film.failed = true));
  }

  get filming() {
    return this.playing && this.film && !this.film.failed && !this.film.paused && this.film.readyState >= 2;
  }

  get rate() {
    return Math.min(30, Math.max(2, this.run.total / LENGTH));
  }

  tick(now) {
    if (!this.playing) return;
    const last = this.run.done - 1;
    if (this.filming) {
      const { fps, smooth } = this.run.result.film;
      this.index = Math.min(Math.floor((this.film.currentTime * fps + 0.5) / smooth), last);
      this.from = now - this.index / this.rate * 1000; // where the frames go on if the film fails
      this.draw();
      return requestAnimationFrame((next) => this.tick(next));
    }
    const seconds = (now - this.from) / 1000;
    const index = Math.min(Math.max(0, Math.floor(seconds * this.rate)), last);
    if (seconds > last / this.rate + HOLD) this.from = now;
    if (index !== this.index) {
      this.index = index;
      this.draw();
    }
    requestAnimationFrame((next) => this.tick(next));
  }

  compare(on) {
    $("compare").hidden = $("seam").hidden = !on;
    $("comparing").setAttribute("aria-pressed", on);
    this.draw();
  }

  draw() {
    const run = this.run;
    if (!run) return;
    const picture = this.filming ? this.film : run.picture(this.index);
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    if (picture) pen.drawImage(picture, 0, 0, width, height);
    else {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, width, height);
    }
    if (picture && this.index && $("changing").getAttribute("aria-pressed") === "true") this.highlightChanges(pen, this.run.picture(this.index - 1));
    const share = Number($("compare").value) / 100;
    if (!$("compare").hidden && this.painting) {
      pen.save();
      pen.beginPath();
      pen.rect(width * share, 0, width, height);
      pen.clip();
      pen.drawImage(this.painting, 0, 0, width, height);
      pen.restore();
      $("seam").style.left = `${share * 100}%`;
    }
    const text = run.describe(this.index);
    this.canvas.setAttribute("aria-label", `Frame ${this.index} of ${run.total - 1}: ${text}`);
    $("scrub").value = this.index;
    $("scrub").setAttribute("aria-valuetext", `Frame ${this.index} of ${run.total - 1}, ${text}`);
    $("counter").textContent = `${this.index} / ${run.total - 1}`;
    const whose = this.several ? `${run.name}, ` : "", step = this.index ? `step ${this.index}` : "start";
    $("caption").replaceChildren(element("b", {}, capital(whose + step)), ` · ${text}`);
    this.tell();
    this.onSeek(this.index / Math.max(1, run.total - 1));
  }

  // What to paint in the step that is shown, in the words of the step sheet; not while it plays: nobody reads so fast.
  tell() {
    const step = this.playing ? null : this.run?.steps[this.index];
    $("step").hidden = $("picture").hidden || $("transport").hidden || !this.run?.steps.some(Boolean);
    $("step").classList.toggle("quiet", !step);
    $("hush").hidden = !this.playing;
    if (!step || step === this.told) return;
    this.told = step;
    $("said").replaceChildren(...step.said.map(([what, how]) => element("li", {}, `${what}.`, how ? element("small", {}, `${how}.`) : null)));
    $("palette").replaceChildren(...step.palette.map(({ rgb, name, part }) => {
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = `rgb(${rgb.join(" ")})`;
      return element("li", {}, swatch, name, part ? element("small", {}, part) : null);
    }));
  }

  // Fade what is unchanged since the frame before, so that only what this step painted is in colour.
  highlightChanges(pen, before) {
    const { width, height } = this.canvas;
    const old = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
    old.drawImage(before, 0, 0, width, height);
    const was = old.getImageData(0, 0, width, height).data, image = pen.getImageData(0, 0, width, height), now = image.data;
    for (let i = 0; i < now.length; i += 4) {
      // above JPEG noise, below what a step paints (overlay.py uses 13 on lossless frames)
      if (Math.max(Math.abs(now[i] - was[i]), Math.abs(now[i + 1] - was[i + 1]), Math.abs(now[i + 2] - was[i + 2])) > 20) continue;
      const grey = 158 + 0.38 * (0.3 * now[i] + 0.59 * now[i + 1] + 0.11 * now[i + 2]);
      now[i] = now[i + 1] = now[i + 2] = grey;
    }
    pen.putImageData(image, 0, 0);
  }

  // Draw the plan below the slider: a row for every part, a column for every step, darker for higher degrees.
  drawPlan() {
    const plan = this.run?.plan, canvas = $("score");
    $("legend").hidden = canvas.hidden = !plan;
    if (!plan) return;
    const line = 6, steps = plan.degrees.length, used = plan.parts.map((part, k) => [part, k]);
    Object.assign(canvas, { width: steps + 1, height: used.length * line });
    canvas.style.height = `${used.length * line}px`;
    canvas.style.imageRendering = "pixelated";
    const pen = canvas.getContext("2d");
    for (const [row, [part, k]] of used.entries()) {
      pen.fillStyle = colour(part.colour, 0.1);
      pen.fillRect(0, row * line, steps + 1, line - 1);
      for (let step = 0; step < steps; step++) {
        const degree = plan.degrees[step][k];
        if (degree < 0.02) continue;
        pen.fillStyle = colour(part.colour, 0.35 + 0.65 * Math.sqrt(degree));
        pen.fillRect(step + 1, row * line, 1, line - 1);
      }
    }
    $("legend").replaceChildren(...plan.parts.map((part) => element("li", {}, dot(part.colour), part.name)));
  }
}
