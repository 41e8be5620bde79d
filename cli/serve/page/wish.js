// The form: what a person asks for -> the wishes that the server understands, one for each variation.

import { make } from "./say.js";
import { Steering } from "./steering.js";

const $ = (id) => document.getElementById(id);

const HABITS = {
  "": ["Whoever the seed sends", "each seed has a hand of its own"],
  masses: ["Masses first", "large shapes, then forms, then features"],
  objects: ["Object by object", "each almost finished before the next, far to near"],
  lineart: ["Line art", "a drawing, flat colours, then light"],
  watercolour: ["Watercolour", "washes from light to dark"],
};
const PLANS = {
  artist: "As people do it",
  random: "Degrees at random, as in the paper",
  dataset: "Degrees as seen in training",
  reverse: "The other way round",
};

export class Wish {
  constructor(options) {
    this.options = options;
    this.begun = this.book = null;
    this.steering = new Steering();
    $("habits").replaceChildren(...["", ...options.habits].map((habit) => this.habit(habit)));
    $("plan").replaceChildren(...options.plans.map((plan) => make("option", { value: plan }, PLANS[plan] ?? plan)));
    const many = [1, 2, 3, 4, 6].filter((n) => n <= options.most_variations);
    $("many").replaceChildren(...many.map((n) =>
      make("label", {}, make("input", { type: "radio", name: "many", value: n, checked: n === 1, onchange: () => this.button() }), make("span", {}, String(n)))));
    $("frames").addEventListener("input", () => ($("frames-out").textContent = $("frames").value));
    $("dice").addEventListener("click", () => ($("seed").value = Math.floor(Math.random() * 10000)));
    $("plan").addEventListener("change", () => this.artist());
  }

  habit(habit) {
    const [title, about] = HABITS[habit] ?? [habit, ""];
    return make("label", {}, make("input", { type: "radio", name: "habit", value: habit, checked: habit === "" }), make("span", {}, title), make("small", {}, about));
  }

  // Habits belong to the plan of an artist.
  artist() {
    for (const input of document.querySelectorAll('input[name="habit"]')) input.disabled = $("plan").value !== "artist";
  }

  // The longest time lapse that the server takes on for a picture of so many pixels.
  limit(pixels) {
    const most = Math.max(2, Math.min(this.options.most_frames, Math.floor(this.options.most_work / pixels)));
    $("frames").max = Math.min(120, most);
    $("frames").min = Math.min(10, most);
    $("frames-out").textContent = $("frames").value;
  }

  get many() {
    return Number(document.querySelector('input[name="many"]:checked').value);
  }

  button() {
    $("paint").textContent = this.many > 1 ? `Paint it ${this.many} ways` : "Paint it";
  }

  // Begin with a frame of a run, a picture that was given, or (null) on a bare canvas; `name` says what it is.
  goOn(begun, name) {
    this.begun = begun;
    $("begun").hidden = !begun;
    if (begun) $("begun-text").textContent = `Begins with ${name}.`;
  }

  // Follow a plan file that was given, with the frames and the seed that it says; null leaves it out.
  follow(book, name) {
    this.book = book;
    $("plan").querySelector('[value="file"]')?.remove();
    if (book) {
      $("plan").append(make("option", { value: "file" }, name));
      $("plan").value = "file";
      if (book.frames) {
        $("frames").min = Math.min($("frames").min, book.frames);
        $("frames").max = Math.max($("frames").max, book.frames);
        $("frames").value = $("frames-out").textContent = book.frames;
      }
      if (book.seed != null) $("seed").value = book.seed;
    }
    this.artist();
  }

  get wishes() {
    const seed = Math.max(0, Math.floor(Number($("seed").value) || 0));
    const plan = $("plan").value;
    const book = plan === "file" ? this.book.id : null;
    const habit = plan === "artist" ? document.querySelector('input[name="habit"]:checked').value || null : null;
    return Array.from({ length: this.many }, (_, i) => ({ frames: Number($("frames").value), seed: seed + i, plan: book ? "artist" : plan, habit, begun: this.begun, book, ...this.steering.wish }));
  }
}
