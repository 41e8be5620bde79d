// The form of a run; gives the options for the server, one set for each variation.

import { capital, element } from "./ui.js";
import { PlanControls } from "./plan_controls.js";

const $ = (id) => document.getElementById(id);

const ANY_HABIT = "each seed has a hand of its own";
const ANY_MEDIUM = "as the painting looks";
const HABITS = { "": "Whoever the seed sends", masses: "Masses first", objects: "Object by object", lineart: "Line art", watercolour: "Watercolour" };
const PLANS = {
  artist: "As people do it",
  random: "Degrees at random, as in the paper",
  dataset: "Degrees as seen in training",
  reverse: "The other way round",
};

export class RunForm {
  constructor(options) {
    this.options = options;
    this.canvas = this.planFile = null;
    this.planControls = new PlanControls();
    $("habits").replaceChildren(...Object.entries({ "": ANY_HABIT, ...options.habits }).map(([habit, about]) => this.habitChoice(habit, about)));
    $("medium").replaceChildren(...Object.entries({ "": ANY_MEDIUM, ...options.media }).map(([medium, about]) => element("option", { value: medium }, capital(about || medium))));
    $("colours").replaceChildren(...Object.entries({ "": [], ...options.palettes }).map(([palette, paints]) => element("option", { value: palette }, palette ? `${capital(palette)}: ${paints.join(", ")}` : "All that it has")));
    $("plan").replaceChildren(...options.plans.map((plan) => element("option", { value: plan }, PLANS[plan] ?? plan)));
    const counts = [1, 2, 3, 4, 6].filter((n) => n <= options.most_variations);
    $("many").replaceChildren(...counts.map((n) =>
      element("label", {}, element("input", { type: "radio", name: "many", value: n, checked: n === 1, onchange: () => this.updateButton() }), element("span", {}, String(n)))));
    $("frames").addEventListener("input", () => ($("frames-out").textContent = $("frames").value));
    $("dice").addEventListener("click", () => ($("seed").value = Math.floor(Math.random() * 10000)));
    $("plan").addEventListener("change", () => this.updateHabits());
  }

  habitChoice(habit, about) {
    return element("label", {}, element("input", { type: "radio", name: "habit", value: habit, checked: habit === "" }), element("span", {}, HABITS[habit] ?? capital(habit)), element("small", {}, about));
  }

  // Habits apply to the plan "artist" only.
  updateHabits() {
    for (const input of document.querySelectorAll('input[name="habit"]')) input.disabled = $("plan").value !== "artist";
  }

  // Limit the number of frames to what the server accepts for a picture of so many pixels.
  limitFrames(pixels) {
    const most = Math.max(2, Math.min(this.options.most_frames, Math.floor(this.options.most_work / pixels)));
    $("frames").max = Math.min(120, most);
    $("frames").min = Math.min(10, most);
    $("frames-out").textContent = $("frames").value;
  }

  get count() {
    return Number(document.querySelector('input[name="many"]:checked').value);
  }

  updateButton() {
    $("paint").textContent = this.count > 1 ? `Paint it ${this.count} ways` : "Paint it";
  }

  // Start from a frame of a run, an uploaded picture, or (null) a bare canvas; `name` describes it.
  continueFrom(canvas, name) {
    this.canvas = canvas;
    $("begun").hidden = !canvas;
    if (canvas) $("begun-text").textContent = `Begins with ${name}.`;
  }

  // Use an uploaded plan file with its number of frames and seed; null for none.
  usePlanFile(file, name) {
    this.planFile = file;
    $("plan").querySelector('[value="file"]')?.remove();
    if (file) {
      $("plan").append(element("option", { value: "file" }, name));
      $("plan").value = "file";
      if (file.frames) {
        $("frames").min = Math.min($("frames").min, file.frames);
        $("frames").max = Math.max($("frames").max, file.frames);
        $("frames").value = $("frames-out").textContent = file.frames;
      }
      if (file.seed != null) $("seed").value = file.seed;
    }
    this.updateHabits();
  }

  get runs() {
    const seed = Math.max(0, Math.floor(Number($("seed").value) || 0));
    const plan = $("plan").value;
    const book = plan === "file" ? this.planFile.id : null;
    const habit = plan === "artist" ? document.querySelector('input[name="habit"]:checked').value || null : null;
    return Array.from({ length: this.count }, (_, i) => ({ frames: Number($("frames").value), seed: seed + i, plan: book ? "artist" : plan, habit, medium: $("medium").value || null, palette: $("colours").value || null, begun: this.canvas, book, ...this.planControls.options }));
  }
}
