// Telling people: a polite line for screen readers, and a bar for what went wrong.

const $ = (id) => document.getElementById(id);

export function say(text) {
  $("live").textContent = text;
}

export function complain(error) {
  if (!error.what) console.error(error); // ours, not a message of the server
  $("trouble-what").textContent = error.what ?? "Something went wrong on this page.";
  $("trouble-why").textContent = error.why ?? (error.what ? "" : String(error));
  $("trouble-fix").textContent = error.fix ?? "";
  $("trouble").hidden = false;
}

export function calm() {
  $("trouble").hidden = true;
}

export const megabytes = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${Number((bytes / 1e6).toFixed(1))} MB`);

export function duration(seconds) {
  const s = Math.max(1, Math.round(seconds));
  if (s >= 3600) return s < 5400 ? "an hour" : `${Math.round(s / 3600)} hours`;
  return s < 90 ? `${s} s` : `${Math.round(s / 60)} min`;
}

// A new element: make("button", { type: "button", class: "quiet" }, "text", child, ...)
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// A part's colour as the page shows it: that of the label map, a little calmer.
export function colour([r, g, b], alpha = 1) {
  const calmer = [r, g, b].map((v, i) => Math.round(0.78 * v + 0.22 * [138, 128, 118][i]));
  return `rgb(${calmer.join(" ")} / ${alpha})`;
}

export function dot(rgb) {
  const element = make("span", { class: "dot", "aria-hidden": "true" });
  element.style.background = colour(rgb);
  return element;
}
