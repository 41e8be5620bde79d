// Controls for order, degrees and passes of the parts. What is not changed is left to the artist.

import { dot, element } from "./ui.js";
import { SortableList } from "./sortable_list.js";

const $ = (id) => document.getElementById(id);

export class PlanControls {
  constructor() {
    this.rows = new Map();
    this.list = element("ol", { class: "order", "aria-label": "Parts in the order in which they are begun" });
    this.sorting = new SortableList(this.list, () => this.orderChanged());
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
    present.forEach((part, place) => (this.rows.get(part.name).place = place));
    if (!this.ordered) this.list.append(...present.map((part) => this.rows.get(part.name).item));
    this.sorting.updateButtons();
    this.showState();
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
    this.resetAll();
  }

  add(part) {
    const id = `degree-${part.index}`;
    const degree = element("input", { type: "range", id, min: 0, max: 100, value: 100, step: 5, "aria-label": `How much of ${part.name} is painted, in percent` });
    const amount = element("output", { for: id }, "100%");
    const item = element("li");
    const [grip, up, down] = this.sorting.handles(item, part.name, ["earlier", "later"]);
    item.append(grip, dot(part.colour), element("span", { class: "part" }, part.name), degree, amount, up, down);
    degree.addEventListener("input", () => {
      amount.textContent = Number(degree.value) ? `${degree.value}%` : "none";
      item.classList.toggle("out", !Number(degree.value));
      this.showState();
    });
    this.rows.set(part.name, { item, degree, amount });
    this.list.append(item);
  }

  get names() {
    const places = [...this.list.children];
    return [...this.rows.keys()].sort((a, b) => places.indexOf(this.rows.get(a).item) - places.indexOf(this.rows.get(b).item));
  }

  orderChanged() {
    this.ordered = true;
    this.showState();
  }

  resetAll() {
    this.ordered = false;
    this.passes.value = "";
    const far = [...this.rows.values()].sort((a, b) => a.place - b.place);
    for (const { item, degree, amount } of far) {
      this.list.append(item);
      degree.value = 100;
      amount.textContent = "100%";
      item.classList.remove("out");
    }
    this.sorting.updateButtons();
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
