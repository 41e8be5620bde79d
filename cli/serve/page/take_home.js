// What to take home of a finished run: the output options of `ppp run`, of which the server says what there is.

import { element } from "./ui.js";

const $ = (id) => document.getElementById(id);

// Every group with its options; words for their names, "" for what holds when nothing is chosen.
const GROUPS = [
  ["Layers", "Krita, GIMP, Photoshop", {
    layers: ["", { ora: "For Krita and GIMP (.ora)", psd: "For Photoshop, Procreate, Affinity (.psd)" }],
    strokes: ["", { json: "Every brush stroke, as data (.json)", svg: "Every brush stroke, for plotters (.svg)" }],
  }],
  ["Steps on paper", "PDF, paints, grid", {
    sheet: ["", { pdf: "As a PDF to print: grid, outline, values" }],
    paper: ["Paper", { "": "A4", letter: "Letter", a3: "A3" }],
    language: ["Language", { "": "English", de: "Deutsch", fr: "Français", es: "Español", zh: "中文" }],
    canvas_size: ["Longest side of your canvas", "60cm"],
    grid: ["Squares of the grid", "5cm, 8 or none"],
    paints: ["Recipes for your paints", { "": "None", common: "Common paints", zorn: "Zorn", primaries: "Primaries", earths: "Earths", greys: "Greys" }],
    title: ["Title", "Sunday class"],
  }],
  ["Paint by numbers", "SVG, PDF", { numbers: ["", { svg: "To edit or to cut (.svg)", pdf: "To print (.pdf)" }] }],
  ["Film", "shape, captions, speed", {
    video_format: ["", { mp4: "Video (.mp4)", webm: "Video (.webm)", gif: "Animation (.gif)", webp: "Animation (.webp)", apng: "Animation (.apng)" }],
    shape: ["Shape", { "": "As the painting is", portrait: "Upright, for phones (9:16)", square: "Square", landscape: "Wide (16:9)" }],
    speed: ["Speed", { "": "As usual", 0.5: "Half as fast", 2: "Twice as fast", 4: "Four times as fast" }],
    beside: ["The painting beside it"],
    captions: ["Captions that say what each step does"],
    title_card: ["Begin with a card that says", "How I would paint it"],
  }],
];
const OWN = "own:"; // before the token of a list of paints
const PRINTED = ["paper", "grid"]; // of the PDF alone

export class TakeHome {
  // `offer` says for each option which names it takes; `make` is called with what is wanted.
  constructor(offer, make) {
    this.offer = offer;
    this.touched = false;
    $("take-groups").replaceChildren(...GROUPS.map(([title, about, wishes]) =>
      element("details", {},
        element("summary", {}, element("span", {}, title), element("small", {}, about)),
        ...Object.entries(wishes).filter(([name]) => name in offer).map(([name, words]) => this.control(name, ...words)))));
    $("take").addEventListener("input", () => (this.touched = true));
    $("take").addEventListener("submit", (event) => {
      event.preventDefault();
      make(this.wanted);
    });
  }

  control(name, label, words) {
    const { names, kind, help } = this.offer[name];
    if (kind === "switch") return element("label", { class: "tick", title: help }, element("input", { type: "checkbox", name }), label);
    if (kind === "several")
      return element("div", { class: "ticks", title: help }, ...Object.keys(words).filter((one) => names.includes(one)).map((one) =>
        element("label", { class: "tick" }, element("input", { type: "checkbox", name, value: one }), words[one])));
    const known = ([value]) => value === "" || kind === "number" || names.includes(value);
    const more = name === "paints" ? [element("label", { class: "button", for: "paints-file" }, "A list of your own (TOML)"), element("input", { type: "file", id: "paints-file", accept: ".toml", class: "off-screen" })] : [];
    const field = typeof words === "string"
      ? element("input", { type: "text", name, placeholder: words, maxlength: 120, autocomplete: "off" })
      : element("select", { name }, ...Object.entries(words).filter(known).sort(([a], [b]) => (b === "") - (a === "") || a - b || 0).map(([value, text]) => element("option", { value }, text)));
    const labelled = element("label", { class: "stacked", title: help }, label, field);
    return more.length ? element("div", {}, labelled, element("p", { class: "row" }, ...more)) : labelled;
  }

  // What is chosen, as the server takes it; what only the PDF has is left out without it.
  get wanted() {
    const found = {};
    for (const field of $("take").elements) {
      if (!(field.name in this.offer)) continue;
      const { kind } = this.offer[field.name], value = field.value.trim();
      if (kind === "switch") { if (field.checked) found[field.name] = true; }
      else if (kind === "several") { if (field.checked) (found[field.name] ??= []).push(value); }
      else if (value.startsWith(OWN)) found.shelf = value.slice(OWN.length);
      else if (value) found[field.name] = kind === "number" ? Number(value) : value;
    }
    if (found.sheet) found.sheet = ["png", ...found.sheet]; // the pages are read here, too
    else {
      for (const name of PRINTED) delete found[name];
      if (!found.captions) delete found.language;
    }
    return found;
  }

  // Offer a list of paints that was uploaded, and choose it.
  addPaints({ id, paints }) {
    const select = $("take").elements.paints;
    select.append(element("option", { value: OWN + id }, paints.join(", ")));
    select.value = OWN + id;
  }

  // Show what was wanted before the page was loaded again.
  fill(wanted) {
    if (this.touched || !wanted) return;
    this.touched = true;
    for (const field of $("take").elements) {
      const value = wanted[field.name];
      if (value == null) continue;
      if (field.type === "checkbox") field.checked = Array.isArray(value) ? value.includes(field.value) : value;
      else field.value = value;
    }
  }

  // While files are made nothing else can be asked for.
  showProgress(making) {
    $("make").disabled = Boolean(making);
    $("making").textContent = making ? (making.done ? `Making them: ${Math.round((100 * making.done) / making.of)} %` : "Making them …") : "";
  }
}
