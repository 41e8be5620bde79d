// Client of the server's HTTP API. Errors have what, why and fix.

export class RequestError extends Error {
  constructor({ what, why = "", fix = "" }, status = 0) {
    super(what);
    Object.assign(this, { what, why, fix, status });
  }
}

const NO_ANSWER = { what: "The server does not answer.", fix: "Is ppp serve still running? Start it again and reload this page." };

export async function request(method, path, body) {
  const options = { method };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new RequestError(NO_ANSWER);
  }
  if (response.status === 204) return null;
  const data = await response.json().catch(() => null);
  if (!response.ok) throw new RequestError(data?.error ?? { what: `The server answered ${response.status}.` }, response.status);
  return data;
}

const EVENTS = ["parts", "problem", "waiting", "ahead", "begun", "plan", "frame", "done", "failed", "cancelled", "making", "made", "removed"];

// Listen to all events of a painting, earlier ones included; returns a function that stops listening.
// The browser reconnects by itself and sends the number of the last event it saw.
export function listen(painting, onEvent, onEnd) {
  const source = new EventSource(`api/paintings/${painting}/events`);
  for (const name of EVENTS) source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) onEnd();
  });
  addEventListener("pagehide", () => source.close(), { once: true }); // leaving the page is not an error
  return () => source.close();
}
