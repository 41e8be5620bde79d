// The runs of a painting: their state, and their frames as they arrive.

export class Run {
  constructor(id, options) {
    Object.assign(this, { id, options, state: "waiting", ahead: 0, plan: null, total: options.frames, frames: [], steps: [], files: {}, started: 0, making: null, home: null, version: 0 });
  }

  get name() {
    const { seed, medium, palette, begun } = this.options;
    return `Seed ${seed}${medium ? ` in ${medium}` : ""}${palette ? `, ${palette}` : ""}${begun ? ("canvas" in begun ? " from a picture" : ` from frame ${begun.frame}`) : ""}`;
  }

  // Whether the same choices on the same label map are this run; `labels` is undefined before a run begins.
  equals(options, labels) {
    return this.state !== "failed" && (this.labels ?? labels) === labels && same(this.options, options);
  }

  get method() {
    return this.plan ? (this.plan.name === "artist" ? this.plan.habit : this.plan.name) : this.options.habit ?? this.options.plan;
  }

  get isFinished() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  get done() {
    return this.frames.length;
  }

  get stateText() {
    switch (this.state) {
      case "waiting": return this.ahead ? `waiting, ${this.ahead} before it` : "waiting";
      case "painting": return this.done ? `frame ${this.done} of ${this.total}` : "making a plan";
      case "done": return `${this.total} frames`;
      case "failed": return "failed";
      default: return "cancelled";
    }
  }

  // Estimated seconds until the last frame, or null.
  secondsLeft(now) {
    if (this.state !== "painting" || this.done < 3) return null;
    return ((now - this.started) / (this.done - 1)) * (this.total - this.done) / 1000;
  }

  // A frame from the middle, where ways to paint differ most, once it is there; the newest before.
  get middle() {
    return this.picture(Math.min(this.done - 1, Math.round((this.total - 1) / 2)));
  }

  // The newest loaded picture up to frame `index`, or null.
  picture(index) {
    for (let i = Math.min(index, this.done - 1); i >= 0; i--) {
      const image = this.frames[i];
      if (image.complete && image.naturalWidth) return image;
    }
    return null;
  }

  // What frame `index` is: the parts that it paints.
  describe(index) {
    if (!this.done) return this.stateText;
    if (index === 0) return this.options.begun ? "the canvas to go on from" : "the bare canvas";
    const parts = this.paintedParts(index);
    if (parts.length > 4 && parts.length === this.plan?.parts.length) return "everything";
    return parts.slice(0, 4).join(", ") + (parts.length > 4 ? " and more" : "") || "small touches";
  }

  // Names of the parts that frame `index` paints, by decreasing degree.
  paintedParts(index) {
    const row = this.plan?.degrees[index - 1];
    if (!row) return [];
    return row.map((degree, k) => [degree, this.plan.parts[k].name]).filter(([d]) => d >= 0.02).sort((a, b) => b[0] - a[0]).map(([, name]) => name);
  }
}

// Where a file of a run is; another one after its files were made anew.
export const fileAddress = (run, name) => `api/runs/${run.id}/files/${name}${run.version ? `?made=${run.version}` : ""}`;

const same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
const sorted = (_, value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value);

// All runs of one painting; calls `onChange(run, event)` after every event, and when a picture is loaded.
export class Runs {
  constructor(onChange) {
    this.all = new Map();
    this.onChange = onChange;
  }

  get list() {
    return [...this.all.values()];
  }

  get unfinished() {
    return this.list.filter((run) => !run.isFinished);
  }

  handle(event, data) {
    if (event === "waiting" && !this.all.has(data.run)) this.all.set(data.run, new Run(data.run, data.wish));
    const run = this.all.get(data.run);
    if (!run) return;
    if (event === "waiting" || event === "ahead") run.ahead = data.ahead;
    else if (event === "begun") Object.assign(run, { state: "painting", labels: data.labels });
    else if (event === "plan") run.plan = data;
    else if (event === "frame") this.loadFrame(run, data.frame, data);
    else if (event === "making") run.making = data;
    else if (event === "made") {
      Object.assign(run, { making: null, files: data.files, home: data.wanted ?? run.home, version: run.version + 1 });
      // A film of another shape, or with a card before it, is for elsewhere: here frames are shown instead.
      const elsewhere = ["shape", "beside", "title_card"].some((name) => data.wanted?.[name]);
      if (data.film) run.result = { ...run.result, film: { ...data.film, smooth: elsewhere ? 1 : data.film.smooth } };
    } else if (event === "removed") this.all.delete(run.id);
    else {
      run.state = event;
      Object.assign(run, { files: data.files ?? {}, result: data, error: data.error });
      if (event === "cancelled") this.all.delete(run.id);
    }
    this.onChange(run, event, data);
  }

  loadFrame(run, index, data) {
    run.steps[index] = data.said ? { said: data.said, palette: data.palette } : null;
    if (index === 0) run.started = performance.now();
    const image = new Image();
    image.addEventListener("load", () => this.onChange(run, "loaded"));
    image.src = `api/runs/${run.id}/frames/${index}.jpg`;
    run.frames[index] = image;
  }
}
