// The order in which parts are begun and how much of each is painted. Untouched, the artist decides.

import { dot, make, say } from "./say.js";

const $ = (id) => document.getElementById(id);

export class Steering {
  constructor() {
    this.rows = new Map();
    this.list = make("ol", { class: "order", "aria-label": "Parts in the order in which they are begun" });
    this.state = make("small");
    this.reset = make("button", { type: "button", hidden: true, onclick: () => this.back() }, "As the artist likes");
    this.passes = make("select", { id: "passes" }, make("option", { value: "" }, "as the artist likes"), ...[1, 2, 3, 4, 5].map((n) => make("option", { value: n }, n === 1 ? "once" : `${n} times`)));
    const help = make("p", { class: "fine" }, "Drag the parts, or use the arrows. The slider says how much of a part is painted; at 0 it is left out.");
    $("steering").replaceChildren(
      make("details", { id: "order-box" }, make("summary", {}, make("span", {}, "Order and degrees"), this.state), help, this.list, this.reset,
        make("label", { class: "stacked" }, "Each part is gone over", this.passes)));
    this.passes.addEventListener("change", () => this.tell());
    this.back();
  }

  // The parts of the painting, those that have pixels; what was chosen for a part stays while it is there.
  show(parts) {
    const present = parts.filter((part) => part.share > 0);
    for (const [name, row] of this.rows) {
      if (present.some((part) => part.name === name)) continue;
      row.item.remove();
      this.rows.delete(name);
    }
    for (const part of present) if (!this.rows.has(part.name)) this.add(part);
    this.buttons();
    this.tell();
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
    this.back();
  }

  add(part) {
    const grip = make("span", { class: "grip", "aria-hidden": "true" }, "⠿");
    const id = `degree-${part.index}`;
    const degree = make("input", { type: "range", id, min: 0, max: 100, value: 100, step: 5, "aria-label": `How much of ${part.name} is painted, in percent` });
    const amount = make("output", { for: id }, "100%");
    const up = make("button", { type: "button", "aria-label": `${part.name} earlier`, onclick: () => this.shift(part.name, -1) }, "↑");
    const down = make("button", { type: "button", "aria-label": `${part.name} later`, onclick: () => this.shift(part.name, 1) }, "↓");
    const item = make("li", {}, grip, dot(part.colour), make("span", { class: "part" }, part.name), degree, amount, up, down);
    degree.addEventListener("input", () => {
      amount.textContent = Number(degree.value) ? `${degree.value}%` : "none";
      item.classList.toggle("out", !Number(degree.value));
      this.tell();
    });
    grip.addEventListener("pointerdown", (event) => this.grab(event, item));
    this.rows.set(part.name, { item, degree, amount, up, down });
    this.list.append(item);
  }

  get names() {
    const places = [...this.list.children];
    return [...this.rows.keys()].sort((a, b) => places.indexOf(this.rows.get(a).item) - places.indexOf(this.rows.get(b).item));
  }

  // The list takes the pointer, not the part: an element that is moved within the page loses it.
  grab(event, item) {
    event.preventDefault();
    const { list } = this;
    list.setPointerCapture(event.pointerId);
    item.classList.add("held");
    const move = ({ clientY }) => {
      const after = [...list.children].find((other) => other !== item && clientY < other.getBoundingClientRect().top + other.offsetHeight / 2);
      if ((after ?? null) !== item.nextElementSibling) list.insertBefore(item, after ?? null);
    };
    const drop = () => {
      list.removeEventListener("pointermove", move);
      item.classList.remove("held");
      this.moved();
    };
    list.addEventListener("pointermove", move);
    list.addEventListener("lostpointercapture", drop, { once: true });
  }

  shift(name, by) {
    const { item, up, down } = this.rows.get(name);
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(item);
    else other.after(item);
    this.moved();
    const button = by < 0 ? up : down; // the focus stays on what was pressed, or on its neighbour at the end
    (button.disabled ? (by < 0 ? down : up) : button).focus();
    say(`${name}, number ${this.names.indexOf(name) + 1} of ${this.rows.size}.`);
  }

  moved() {
    this.own = true;
    this.buttons();
    this.tell();
  }

  buttons() {
    for (const { item, up, down } of this.rows.values()) {
      up.disabled = !item.previousElementSibling;
      down.disabled = !item.nextElementSibling;
    }
  }

  back() {
    this.own = false;
    this.passes.value = "";
    const far = [...this.rows.values()].sort((a, b) => a.degree.id.slice(7) - b.degree.id.slice(7));
    for (const { item, degree, amount } of far) {
      this.list.append(item);
      degree.value = 100;
      amount.textContent = "100%";
      item.classList.remove("out");
    }
    this.buttons();
    this.tell();
  }

  tell() {
    const { order, degrees, passes } = this.wish;
    const own = [order.length && "own order", Object.keys(degrees).length && "own degrees", passes && "own passes"].filter(Boolean);
    this.state.textContent = own.join(", ") || "as the artist likes";
    this.reset.hidden = !own.length;
  }

  // What the server understands: only what a person changed.
  get wish() {
    const degrees = {};
    for (const [name, { degree }] of this.rows) if (degree.value !== "100") degrees[name] = Number(degree.value) / 100;
    return { order: this.own ? this.names : [], degrees, passes: this.passes.value ? Number(this.passes.value) : null };
  }
}
