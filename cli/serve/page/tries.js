// The ways a painting was painted: small under the stage, or side by side on the wall, all at the same moment.

import { make } from "./say.js";

const $ = (id) => document.getElementById(id);

export class Tries {
  constructor({ select, remove }) {
    Object.assign(this, { select, remove, cards: new Map(), share: 1, shown: "" });
  }

  // Show these runs; cards are kept, so that the focus stays where it is.
  list(runs, selected) {
    for (const [id, card] of this.cards) {
      if (!runs.some((run) => run.id === id)) {
        card.item.remove();
        card.tile.remove();
        this.cards.delete(id);
      }
    }
    for (const run of runs) {
      const card = this.cards.get(run.id) ?? this.card(run);
      card.button.setAttribute("aria-pressed", run === selected);
      card.manner.textContent = run.manner;
      card.state.textContent = run.stateText;
      card.caption.textContent = `${run.name}, ${run.manner}`;
    }
    $("tries-box").hidden = !runs.length;
  }

  card(run) {
    const small = make("canvas", { "aria-hidden": "true" }), manner = make("span", { class: "state" }), state = make("span", { class: "state" });
    const button = make("button", { type: "button", class: "try", onclick: () => this.select(run) }, small, make("span", { class: "name" }, run.name), manner, state);
    const remove = make("button", { type: "button", class: "remove", "aria-label": `Remove ${run.name}`, onclick: () => this.remove(run) }, "×");
    const item = make("li", {}, button, remove);
    const large = make("canvas", { role: "img" }), caption = make("figcaption");
    const tile = make("figure", {}, large, caption);
    const card = { run, button, item, tile, small, large, manner, state, caption };
    this.cards.set(run.id, card);
    $("tries").append(item);
    $("wall").append(tile);
    return card;
  }

  // A picture of a run has come.
  picture(run) {
    const card = this.cards.get(run.id);
    if (!card) return;
    const newest = run.picture(run.done - 1);
    if (newest) {
      draw(card.small, newest, 220);
      draw(card.large, run.picture(run.over ? this.at(run) : run.done - 1) ?? newest);
    }
  }

  at(run) {
    return Math.round(this.share * (run.of - 1));
  }

  // The moment that the stage shows, 0 to 1: the wall shows the same of every run.
  move(share) {
    this.share = share;
    for (const { run, large } of this.cards.values()) {
      const picture = run.picture(this.at(run));
      if (picture) draw(large, picture);
      large.setAttribute("aria-label", `${run.name}, frame ${Math.min(this.at(run), Math.max(0, run.done - 1))} of ${run.of - 1}`);
    }
  }
}

function draw(canvas, picture, longest = Infinity) {
  const scale = Math.min(1, longest / Math.max(picture.naturalWidth, picture.naturalHeight));
  const width = Math.round(picture.naturalWidth * scale), height = Math.round(picture.naturalHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
}
