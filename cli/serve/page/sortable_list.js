// A list whose items are dragged by a grip, or moved by key with two buttons.

import { element, announce } from "./ui.js";

export class SortableList {
  constructor(list, onMove) {
    Object.assign(this, { list, onMove });
  }

  // The grip of an item, and the buttons that move it up and down; `words` say what these do.
  handles(item, name, words) {
    const grip = element("span", { class: "grip", "aria-hidden": "true" }, "⠿");
    grip.addEventListener("pointerdown", (event) => this.drag(event, item));
    const button = (place, by) => element("button", { type: "button", class: place, "aria-label": `${name} ${words[by < 0 ? 0 : 1]}`, onclick: () => this.shift(item, name, by) }, by < 0 ? "↑" : "↓");
    return [grip, button("up", -1), button("down", 1)];
  }

  // The list captures the pointer, not the item: an element that is moved within the page loses it.
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
      this.moved();
    };
    list.addEventListener("pointermove", move);
    list.addEventListener("lostpointercapture", drop, { once: true });
  }

  shift(item, name, by) {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(item);
    else other.after(item);
    this.moved();
    const [one, back] = by < 0 ? [".up", ".down"] : [".down", ".up"]; // keep the focus on the pressed button, or its neighbour at the end of the list
    item.querySelector(item.querySelector(one).disabled ? back : one).focus();
    announce(`${name}, number ${[...this.list.children].indexOf(item) + 1} of ${this.list.children.length}.`);
  }

  moved() {
    this.updateButtons();
    this.onMove();
  }

  updateButtons() {
    for (const item of this.list.children) {
      item.querySelector(".up").disabled = !item.previousElementSibling;
      item.querySelector(".down").disabled = !item.nextElementSibling;
    }
  }
}
