// Zoom and pan of the picture, while its parts are corrected: wheel, two fingers, middle button, buttons and keys.

const $ = (id) => document.getElementById(id);
const MOST = 16;
export const STEP = 1.5;

export class Zoom {
  constructor(onChange) {
    Object.assign(this, { scale: 1, x: 0, y: 0, fingers: new Map(), onChange });
    this.frame = $("picture");
    this.frame.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    $("zoom-in").addEventListener("click", () => this.by(STEP));
    $("zoom-out").addEventListener("click", () => this.by(1 / STEP));
    $("zoom-fit").addEventListener("click", () => this.reset());
    addEventListener("resize", () => this.apply());
    this.apply();
  }

  get on() {
    return !$("zoom").hidden;
  }

  // Show the zoom and its buttons, or (other views) the whole picture; the zoom is kept.
  show(on) {
    $("zoom").hidden = !on;
    this.apply();
  }

  reset() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  }

  // Zoom by a factor, so that the point (pixels of the page; the middle if not given) stays where it is.
  by(factor, point) {
    const box = this.frame.getBoundingClientRect();
    const [x, y] = point ? [point[0] - box.left, point[1] - box.top] : [box.width / 2, box.height / 2];
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  // Bring a position (shares of width and height) into sight.
  reveal([x, y]) {
    const { width, height } = this.frame.getBoundingClientRect(), rim = 0.1;
    const into = (at, size) => Math.min(0, (1 - rim) * size - at) + Math.max(0, rim * size - at);
    this.move(into(this.x + x * width * this.scale, width), into(this.y + y * height * this.scale, height));
  }

  apply() {
    const { width, height } = this.frame.getBoundingClientRect();
    this.x = Math.min(0, Math.max(width * (1 - this.scale), this.x));
    this.y = Math.min(0, Math.max(height * (1 - this.scale), this.y));
    const zoomed = this.on && this.scale > 1;
    this.frame.classList.toggle("zoomed", zoomed);
    $("zoomed").style.transform = zoomed ? `translate(${this.x}px, ${this.y}px) scale(${this.scale})` : "";
    $("zoom-now").textContent = `${Math.round(100 * this.scale)} %`;
    $("zoom-out").disabled = $("zoom-fit").disabled = this.scale <= 1;
    $("zoom-in").disabled = this.scale >= MOST;
    this.onChange();
  }

  wheel(event) {
    if (!this.on || (event.deltaY > 0 && this.scale === 1 && !event.ctrlKey)) return; // nothing to make smaller: the page scrolls
    event.preventDefault();
    const lines = event.deltaMode ? 33 : 1;
    this.by(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.003)), [event.clientX, event.clientY]);
  }

  // Follow a pointer; true if it moves the picture and is not for the tools.
  down(event, tool) {
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.moving = this.fingers.size > 1 || event.button === 1 || tool === "move";
    if (this.moving) event.preventDefault();
    return this.moving;
  }

  drag(event) {
    const was = this.fingers.get(event.pointerId);
    if (!was || !this.moving) return false;
    const at = [event.clientX, event.clientY];
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, at);
    const share = other ? 0.5 : 1; // each of two fingers moves their middle by half
    this.move(share * (at[0] - was[0]), share * (at[1] - was[1]));
    if (other) {
      const apart = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
      this.by(apart(at) / apart(was), [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2]);
    }
    return true;
  }

  up(event) {
    this.fingers.delete(event.pointerId);
    const moved = this.moving;
    if (!this.fingers.size) this.moving = false;
    return moved;
  }
}
