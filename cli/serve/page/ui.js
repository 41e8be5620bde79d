// User interface helpers: screen reader announcements, the error bar, formats, DOM elements.

const $ = (id) => document.getElementById(id);

let said = 0;

// A moment to give `announce`: news of what began then is not said any more once something else was.
export const now = () => said;

export function announce(text, since = said) {
  if (since !== said) return;
  said += 1;
  $("live").textContent = text;
}

export function showError(error) {
  if (!error.what) console.error(error); // a failure of this page, not an error of the server
  $("trouble-what").textContent = error.what ?? "Something went wrong on this page.";
  $("trouble-why").textContent = error.why ?? (error.what ? "" : String(error));
  $("trouble-fix").textContent = error.fix ?? "";
  $("trouble").hidden = false;
}

export function hideError() {
  $("trouble").hidden = true;
}

export const capital = (text) => text && text[0].toUpperCase() + text.slice(1);

export const megabytes = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${Number((bytes / 1e6).toFixed(1))} MB`);

export function duration(seconds) {
  const s = Math.max(1, Math.round(seconds));
  if (s >= 3600) return s < 5400 ? "an hour" : `${Math.round(s / 3600)} hours`;
  return s < 90 ? `${s} s` : `${Math.round(s / 60)} min`;
}

// Create an element: element("button", { type: "button", class: "quiet" }, "text", child, ...)
export function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) created.addEventListener(name.slice(2), value);
    else created.setAttribute(name, value === true ? "" : value);
  }
  created.append(...children.filter((child) => child != null));
  return created;
}

// The page's colour of a part: that of the label map, slightly muted.
export function colour([r, g, b], alpha = 1) {
  const muted = [r, g, b].map((v, i) => Math.round(0.78 * v + 0.22 * [138, 128, 118][i]));
  return `rgb(${muted.join(" ")} / ${alpha})`;
}

export function dot(rgb) {
  const created = element("span", { class: "dot", "aria-hidden": "true" });
  created.style.background = colour(rgb);
  return created;
}
