// The label map editor. The server gets the list of edits and applies them at full size; the page draws the current
// stroke itself and then loads the map again.

import { request } from "./api.js";
import { colour, showError, dot, element, announce, now } from "./ui.js";
import { SortableList } from "./sortable_list.js";
import { STEP, Zoom } from "./zoom.js";

const $ = (id) => document.getElementById(id);

export class PartsEditor {
  constructor(onChange) {
    Object.assign(this, { painting: null, labels: null, edits: [], undone: [], part: null, stroke: null, cursor: [0.5, 0.5], sending: Promise.resolve(), onChange });
    this.canvas = $("overlay");
    this.zoom = new Zoom(() => this.draw());
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", "Label map. Arrow keys move the brush, space paints, F fills, plus and minus zoom.");
    this.canvas.setAttribute("aria-describedby", "brush-help");
    this.canvas.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // no scrolling by the middle button
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.up(event));
    this.canvas.addEventListener("pointercancel", (event) => this.up(event));
    this.canvas.addEventListener("pointerleave", () => !this.stroke && this.draw());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => this.draw());
    this.canvas.addEventListener("blur", () => this.draw());
    $("show").addEventListener("input", () => this.draw());
    $("size").addEventListener("input", () => this.draw());
    for (const tool of document.querySelectorAll('input[name="tool"]')) tool.addEventListener("change", () => (this.canvas.dataset.tool = this.tool));
    this.list = element("ol", { class: "order ranks", "aria-label": "Parts from far to near" });
    this.sorting = new SortableList(this.list, () => this.add({ tool: "rank", order: [...this.list.children].map((item) => item.dataset.part) }, ""));
    $("depth").addEventListener("change", () => this.paintLayer());
    $("part-rename").addEventListener("click", () => this.rename());
    $("part-new").addEventListener("click", () => this.add({ tool: "add", kind: $("part-class").value }, "A new part: paint it."));
    $("part-merge").addEventListener("click", () => this.add({ tool: "merge", part: this.part, into: $("part-into").value }, `${this.part} is now part of ${$("part-into").value}.`));
    $("undo").addEventListener("click", () => this.undo());
    $("redo").addEventListener("click", () => this.redo());
    $("reset").addEventListener("click", () => {
      this.undone = [...this.edits].reverse();
      this.send([]);
    });
  }

  // Show a painting as the server describes it; `parts` is null until they are found.
  async open(painting) {
    const fresh = painting.id !== this.painting?.id;
    this.painting = painting;
    if (fresh) {
      const edits = painting.corrections ?? []; // of a reloaded page
      Object.assign(this, { labels: null, values: null, edits, stored: edits, undone: [], part: null, shown: null });
      this.zoom.reset();
      this.updateButtons();
    }
    $("parts-tools").hidden = !painting.parts;
    $("parts-note").textContent = painting.parts ? this.note(painting) : "Looking for the parts…";
    if (!painting.parts) return;
    this.part ??= painting.parts.reduce((a, b) => (a.share > b.share ? a : b)).name;
    this.showParts();
    await this.load();
  }

  note(painting) {
    if (painting.notes.length) return painting.notes.join(" ");
    return `Found ${painting.parts.filter((part) => part.share > 0).map((part) => part.name).join(", ")}.`;
  }

  // The parts; where they are things they are listed from far to near, and can be moved.
  showParts() {
    const { parts, ranked } = this.painting;
    const known = this.shown ?? parts.map((part) => part.name);
    const added = parts.find((part) => !known.includes(part.name));
    if (added) this.part = added.name;
    else if (!parts.some((part) => part.name === this.part)) this.part = parts.find((part) => part.share > 0).name;
    this.shown = parts.map((part) => part.name);
    const chips = parts.filter((part) => !ranked || part.share > 0 || part.name === this.part).map((part) => [part, this.chip(part)]);
    const focused = document.activeElement;
    const place = focused?.closest(".ranks li") && { part: focused.closest("li").dataset.part, kind: focused.className };
    if (!ranked) $("brushes").replaceChildren(...chips.map(([, chip]) => chip));
    else {
      this.list.replaceChildren(...chips.map(([part, chip]) => this.row(part, chip)));
      $("brushes").replaceChildren(this.list);
      this.sorting.updateButtons();
      const item = place && [...this.list.children].find((row) => row.dataset.part === place.part);
      if (item) [...item.querySelectorAll("button")].sort((a, b) => (b.className === place.kind) - (a.className === place.kind)).find((button) => !button.disabled)?.focus();
    }
    this.showChosen();
  }

  chip(part) {
    const kind = part.name.replace(/ \d+$/, "") === part.class ? null : element("small", {}, part.class);
    return element("label", {},
      element("input", { type: "radio", name: "part", value: part.name, checked: part.name === this.part, onchange: () => this.choose(part.name) }),
      element("span", { class: part.share > 0 ? "chip" : "chip absent" }, dot(part.colour), part.name, kind));
  }

  row(part, chip) {
    const item = element("li", { "data-part": part.name });
    const [grip, up, down] = this.sorting.handles(item, part.name, ["farther", "nearer"]);
    item.append(grip, chip, up, down);
    return item;
  }

  choose(name) {
    this.part = name;
    this.showChosen();
  }

  // The name and class of the chosen part, and what it can be merged into.
  showChosen() {
    const { parts, classes } = this.painting, chosen = parts.find((part) => part.name === this.part);
    $("part-name").value = chosen.name;
    const options = (names, value) => names.map((name) => element("option", { value: name, selected: name === value }, name));
    $("part-class").replaceChildren(...options([...new Set([...classes, chosen.class])], chosen.class));
    $("part-into").replaceChildren(...options(parts.filter((part) => part !== chosen && part.share > 0).map((part) => part.name)));
    $("part-merge").disabled = !$("part-into").options.length || !chosen.share;
  }

  rename() {
    const name = $("part-name").value.trim(), part = this.part, chosen = this.painting.parts.find((one) => one.name === part);
    if (!name || (name === part && $("part-class").value === chosen.class)) return;
    this.shown = this.shown.map((one) => (one === part ? name : one));
    this.add({ tool: "rename", part, name, kind: $("part-class").value }, `${part} is now ${name}.`).then(() => {
      if (this.painting.parts.some((one) => one.name === name)) this.part = name;
      this.showParts();
    });
  }

  // Load the label map; a grey value is the index of its part.
  async load() {
    const image = new Image();
    image.src = `api/paintings/${this.painting.id}/labels.png?${this.edits.length}-${Date.now()}`;
    await image.decode();
    const size = [image.naturalWidth, image.naturalHeight];
    const pen = new OffscreenCanvas(...size).getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    const pixels = pen.getImageData(0, 0, ...size);
    this.values = Uint8Array.from({ length: size[0] * size[1] }, (_, i) => pixels.data[4 * i]);
    Object.assign(this.canvas, { width: size[0], height: size[1] });
    this.paintLayer();
  }

  // The colour of a part on the map: its own, or how near it is.
  shade(part) {
    if (!$("depth").checked) return colour(part.colour);
    const ranks = this.painting.parts.filter((one) => one.share > 0 || one === part).map((one) => one.rank).sort((a, b) => a - b);
    const near = ranks.indexOf(part.rank) / Math.max(ranks.length - 1, 1);
    return `rgb(${[235, 242, 250].map((far, i) => Math.round(far + near * ([25, 30, 45][i] - far))).join(" ")} / 1)`;
  }

  // Draw the label map in colours.
  paintLayer() {
    if (!this.values) return;
    const { width, height } = this.canvas;
    const pixels = new ImageData(width, height);
    const colours = new Map(this.painting.parts.map((part) => [part.index, this.shade(part).match(/\d+/g).map(Number)]));
    for (let i = 0; i < this.values.length; i++) {
      const [r, g, b] = colours.get(this.values[i]) ?? [0, 0, 0];
      pixels.data.set([r, g, b, 255], 4 * i);
    }
    const layer = new OffscreenCanvas(width, height);
    layer.getContext("2d").putImageData(pixels, 0, 0);
    this.labels = layer;
    this.draw();
  }

  draw(at = null) {
    if (!this.labels) return;
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = Number($("show").value) / 100;
    pen.drawImage(this.labels, 0, 0);
    for (const stroke of [this.sent, this.stroke]) {
      const part = stroke && this.painting.parts.find((one) => one.name === stroke.part);
      if (!part) continue;
      pen.globalAlpha = Math.max(0.6, Number($("show").value) / 100);
      pen.strokeStyle = this.shade(part);
      Object.assign(pen, { lineWidth: stroke.width * Math.max(width, height), lineCap: "round", lineJoin: "round" });
      pen.beginPath();
      for (const [x, y] of [...stroke.points, stroke.points.at(-1)]) pen.lineTo(x * width, y * height);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    const centre = at ?? (this.canvas.matches(":focus-visible") ? this.cursor : null);
    if (centre) this.drawCursor(pen, centre, width, height);
  }

  drawCursor(pen, [x, y], width, height) {
    const scale = width / this.canvas.clientWidth / this.zoom.scale || 1;
    const radius = this.tool === "fill" ? 5 * scale : (this.width * Math.max(width, height)) / 2;
    for (const [style, line] of [["#000", 3.5], ["#fff", 1.5]]) {
      Object.assign(pen, { strokeStyle: style, lineWidth: line * scale });
      pen.beginPath();
      pen.arc(x * width, y * height, Math.max(2, radius), 0, 7);
      pen.stroke();
    }
  }

  get tool() {
    return document.querySelector('input[name="tool"]:checked').value;
  }

  get width() {
    return Number($("size").value) / 100;
  }

  position(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  down(event) {
    if (!this.labels || event.button > 1) return;
    const at = this.position(event);
    this.canvas.setPointerCapture(event.pointerId);
    if (this.zoom.down(event, this.tool)) {
      this.stroke = this.filling = null; // a second finger: the first was no stroke
      return this.draw();
    }
    if (this.tool === "fill") return (this.filling = at);
    this.stroke = { tool: "brush", part: this.part, width: this.width, points: [at] };
    this.draw();
  }

  move(event) {
    if (this.zoom.drag(event)) return;
    if (!this.stroke) return this.draw(this.position(event));
    const at = this.position(event).map((v) => Math.min(1.5, Math.max(-0.5, v)));
    const last = this.stroke.points.at(-1);
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 0.002 / this.zoom.scale || this.stroke.points.length >= 4000) return;
    this.stroke.points.push(at.map((v) => Number(v.toFixed(5))));
    this.draw(at);
  }

  up(event) {
    const { filling } = this;
    this.filling = null;
    if (this.zoom.up(event)) return;
    if (filling && event.type === "pointerup") return this.fill(filling);
    if (!this.stroke) return;
    const { stroke } = this;
    Object.assign(this, { stroke: null, sent: stroke }); // shown until the server's map has it
    this.add(stroke).finally(() => {
      if (this.sent === stroke) this.sent = null;
      this.draw();
    });
  }

  fill(at) {
    return this.add({ tool: "fill", part: this.part, at: at.map((v) => Math.min(1, Math.max(0, v))) });
  }

  key(event) {
    const step = event.shiftKey ? 0.05 : 0.01;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      this.cursor = this.cursor.map((v, i) => Math.min(1, Math.max(0, v + moves[event.key][i] / this.zoom.scale)));
      this.zoom.reveal(this.cursor);
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      const box = this.canvas.getBoundingClientRect();
      this.zoom.by(event.key === "-" ? 1 / STEP : STEP, [box.left + this.cursor[0] * box.width, box.top + this.cursor[1] * box.height]);
    } else if (event.key === "0") this.zoom.reset();
    else if (event.key === " " || event.key === "Enter") {
      if (this.tool === "fill") this.fill(this.cursor);
      else this.add({ tool: "brush", part: this.part, width: this.width, points: [this.cursor] });
    } else if (event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey) this.fill(this.cursor);
    else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) event.shiftKey ? this.redo() : this.undo();
    else return;
    event.preventDefault();
    if (moves[event.key]) announce(`${Math.round(this.cursor[0] * 100)}, ${Math.round(this.cursor[1] * 100)}: ${this.partAt(this.cursor)}`);
    this.draw();
  }

  // The name of the part at a position.
  partAt([x, y]) {
    const { width, height } = this.canvas;
    const value = this.values[Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width))];
    return this.painting.parts.find((part) => part.index === value)?.name ?? "";
  }

  add(edit, news = `${edit.part} painted.`) {
    this.undone = [];
    return this.send([...this.edits, edit], news);
  }

  undo() {
    if (!this.edits.length) return;
    this.undone.push(this.edits.at(-1));
    this.send(this.edits.slice(0, -1), "Undone.");
  }

  redo() {
    if (this.undone.length) this.send([...this.edits, this.undone.pop()], "Done again.");
  }

  // Send corrections one after the other, however quickly they are made: an answer may be slow.
  send(edits, news = "") {
    const { id } = this.painting;
    const since = now();
    this.edits = edits;
    this.updateButtons();
    this.sending = this.sending.then(() => this.store(id, edits, news, since));
    return this.sending;
  }

  async store(id, edits, news, since) {
    if (id !== this.painting.id) return;
    try {
      const painting = await request("PUT", `api/paintings/${id}/edits`, { edits });
      if (id !== this.painting.id) return;
      this.stored = edits;
      this.painting = painting;
      this.showParts();
      await this.load();
      this.onChange(painting);
      if (news) announce(news, since);
    } catch (error) {
      this.edits = this.stored;
      this.showParts();
      showError(error);
    }
    this.updateButtons();
  }

  updateButtons() {
    $("undo").disabled = $("reset").disabled = !this.edits.length;
    $("redo").disabled = !this.undone.length;
  }
}
