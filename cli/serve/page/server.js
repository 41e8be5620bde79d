// Talking to the server. Every error arrives as what, why and how to fix it.

export class Trouble extends Error {
  constructor({ what, why = "", fix = "" }, status = 0) {
    super(what);
    Object.assign(this, { what, why, fix, status });
  }
}

const SILENT = { what: "The server does not answer.", fix: "Is ppp serve still running? Start it again and reload this page." };

export async function ask(method, path, body) {
  const options = { method };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Trouble(SILENT);
  }
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new Trouble(data?.error ?? { what: `The server answered ${answer.status}.` }, answer.status);
  return data;
}

const EVENTS = ["parts", "problem", "waiting", "ahead", "begun", "plan", "frame", "done", "failed", "cancelled", "removed"];

// All that happens to a painting, also what happened before -> a function that stops listening.
// The browser connects again by itself and says which event it saw last.
export function listen(painting, on, lost) {
  const source = new EventSource(`api/paintings/${painting}/events`);
  for (const name of EVENTS) source.addEventListener(name, (event) => on(name, JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) lost();
  });
  addEventListener("pagehide", () => source.close(), { once: true }); // leaving the page is no error
  return () => source.close();
}
