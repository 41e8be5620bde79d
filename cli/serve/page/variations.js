// Variations of a painting: thumbnails below the picture, or side by side at the same moment.

import { element } from "./ui.js";

const $ = (id) => document.getElementById(id);

export class Variations {
  constructor({ select, remove }) {
    Object.assign(this, { select, remove, cards: new Map(), position: 1 });
  }

  // Show these runs; existing cards are kept, so that the focus stays where it is.
  update(runs, selected) {
    for (const [id, card] of this.cards) {
      if (!runs.some((run) => run.id === id)) {
        card.item.remove();
        card.tile.remove();
        this.cards.delete(id);
      }
    }
    for (const run of runs) {
      const card = this.cards.get(run.id) ?? this.addCard(run);
      card.button.setAttribute("aria-pressed", run === selected);
      card.method.textContent = run.method;
      card.state.textContent = run.stateText;
      card.tile.classList.toggle("chosen", run === selected);
      this.tell(card);
    }
    $("tries-box").hidden = !runs.length;
  }

  addCard(run) {
    const small = element("canvas", { "aria-hidden": "true" }), method = element("span", { class: "state" }), state = element("span", { class: "state" });
    const button = element("button", { type: "button", class: "try", onclick: () => this.select(run) }, small, element("span", { class: "name" }, run.name), method, state);
    const remove = element("button", { type: "button", class: "remove", "aria-label": `Remove ${run.name}`, onclick: () => this.remove(run) }, "×");
    const item = element("li", {}, button, remove);
    const large = element("canvas", { role: "img" }), caption = element("figcaption");
    const tile = element("figure", {}, large, caption);
    large.addEventListener("click", () => this.select(run));
    const card = { run, button, item, tile, small, large, method, state, caption };
    this.cards.set(run.id, card);
    $("tries").append(item);
    $("wall").append(tile);
    return card;
  }

  // A picture of a run was loaded.
  showNewest(run) {
    const card = this.cards.get(run.id);
    if (!card) return;
    const newest = run.picture(run.done - 1);
    if (newest) {
      draw(card.small, run.middle, 220);
      draw(card.large, run.picture(run.isFinished ? this.frameOf(run) : run.done - 1) ?? newest);
    }
  }

  // Whose it is, and what is painted at the moment that is shown.
  tell({ run, caption }) {
    const index = Math.min(this.frameOf(run), run.done - 1);
    caption.textContent = `${run.name}, ${run.method}${run.done ? `: ${run.describe(index)}` : ""}`;
  }

  frameOf(run) {
    return Math.round(this.position * (run.total - 1));
  }

  // Show the same moment of every run, 0 to 1.
  seek(position) {
    this.position = position;
    for (const card of this.cards.values()) {
      const { run, large } = card;
      this.tell(card);
      const picture = run.picture(this.frameOf(run));
      if (picture) draw(large, picture);
      large.setAttribute("aria-label", `${run.name}, frame ${Math.min(this.frameOf(run), Math.max(0, run.done - 1))} of ${run.total - 1}`);
    }
  }
}

function draw(canvas, picture, longest = Infinity) {
  const scale = Math.min(1, longest / Math.max(picture.naturalWidth, picture.naturalHeight));
  const width = Math.round(picture.naturalWidth * scale), height = Math.round(picture.naturalHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
}
