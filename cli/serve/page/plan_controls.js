// Controls for order, degrees and passes of the parts. What is not changed is left to the artist.

import { dot, element, announce } from "./ui.js";

const $ = (id) => document.getElementById(id);

export class PlanControls {
  constructor() {
    this.rows = new Map();
    this.list = element("ol", { class: "order", "aria-label": "Parts in the order in which they are begun" });
    this.state = element("small");
    this.reset = element("button", { type: "button", hidden: true, onclick: () => this.resetAll() }, "As the artist likes");
    this.passes = element("select", { id: "passes" }, element("option", { value: "" }, "as the artist likes"), ...[1, 2, 3, 4, 5].map((n) => element("option", { value: n }, n === 1 ? "once" : `${n} times`)));
    const help = element("p", { class: "fine" }, "Drag the parts, or use the arrows. The slider says how much of a part is painted; at 0 it is left out.");
    $("steering").replaceChildren(
      element("details", { id: "order-box" }, element("summary", {}, element("span", {}, "Order and degrees"), this.state), help, this.list, this.reset,
        element("label", { class: "stacked" }, "Each part is gone over", this.passes)));
    this.passes.addEventListener("change", () => this.showState());
    this.resetAll();
  }

  // Show the parts that have pixels; choices for a part are kept while it exists.
  show(parts) {
    const present = parts.filter((part) => part.share > 0);
    for (const [name, row] of this.rows) {
      if (present.some((part) => part.name === name)) continue;
      row.item.remove();
      this.rows.delete(name);
    }
    for (const part of present) if (!this.rows.has(part.name)) this.add(part);
    this.updateButtons();
    this.showState();
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
    this.resetAll();
  }

  add(part) {
    const grip = element("span", { class: "grip", "aria-hidden": "true" }, "⠿");
    const id = `degree-${part.index}`;
    const degree = element("input", { type: "range", id, min: 0, max: 100, value: 100, step: 5, "aria-label": `How much of ${part.name} is painted, in percent` });
    const amount = element("output", { for: id }, "100%");
    const up = element("button", { type: "button", "aria-label": `${part.name} earlier`, onclick: () => this.shift(part.name, -1) }, "↑");
    const down = element("button", { type: "button", "aria-label": `${part.name} later`, onclick: () => this.shift(part.name, 1) }, "↓");
    const item = element("li", {}, grip, dot(part.colour), element("span", { class: "part" }, part.name), degree, amount, up, down);
    degree.addEventListener("input", () => {
      amount.textContent = Number(degree.value) ? `${degree.value}%` : "none";
      item.classList.toggle("out", !Number(degree.value));
      this.showState();
    });
    grip.addEventListener("pointerdown", (event) => this.drag(event, item));
    this.rows.set(part.name, { item, degree, amount, up, down });
    this.list.append(item);
  }

  get names() {
    const places = [...this.list.children];
    return [...this.rows.keys()].sort((a, b) => places.indexOf(this.rows.get(a).item) - places.indexOf(this.rows.get(b).item));
  }

  // The list captures the pointer, not the part: an element that is moved within the page loses it.
  drag(event, item) {
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
      this.orderChanged();
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
    this.orderChanged();
    const button = by < 0 ? up : down; // keep the focus on the pressed button, or its neighbour at the end of the list
    (button.disabled ? (by < 0 ? down : up) : button).focus();
    announce(`${name}, number ${this.names.indexOf(name) + 1} of ${this.rows.size}.`);
  }

  orderChanged() {
    this.ordered = true;
    this.updateButtons();
    this.showState();
  }

  updateButtons() {
    for (const { item, up, down } of this.rows.values()) {
      up.disabled = !item.previousElementSibling;
      down.disabled = !item.nextElementSibling;
    }
  }

  resetAll() {
    this.ordered = false;
    this.passes.value = "";
    const far = [...this.rows.values()].sort((a, b) => a.degree.id.slice(7) - b.degree.id.slice(7));
    for (const { item, degree, amount } of far) {
      this.list.append(item);
      degree.value = 100;
      amount.textContent = "100%";
      item.classList.remove("out");
    }
    this.updateButtons();
    this.showState();
  }

  showState() {
    const { order, degrees, passes } = this.options;
    const changed = [order.length && "own order", Object.keys(degrees).length && "own degrees", passes && "own passes"].filter(Boolean);
    this.state.textContent = changed.join(", ") || "as the artist likes";
    this.reset.hidden = !changed.length;
  }

  // The options for the server: only what was changed.
  get options() {
    const degrees = {};
    for (const [name, { degree }] of this.rows) if (degree.value !== "100") degrees[name] = Number(degree.value) / 100;
    return { order: this.ordered ? this.names : [], degrees, passes: this.passes.value ? Number(this.passes.value) : null };
  }
}
