// What is known of the runs of a painting: their frames as they come, and where each stands.

export class Run {
  constructor(id, wish) {
    Object.assign(this, { id, wish, state: "waiting", ahead: 0, plan: null, of: wish.frames, frames: [], files: {}, began: 0 });
  }

  get name() {
    const { seed, begun } = this.wish;
    return `Seed ${seed}${begun ? ("canvas" in begun ? " from a picture" : ` from frame ${begun.frame}`) : ""}`;
  }

  get manner() {
    return this.plan ? (this.plan.name === "artist" ? this.plan.habit : this.plan.name) : this.wish.habit ?? this.wish.plan;
  }

  get over() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  get done() {
    return this.frames.length;
  }

  get stateText() {
    switch (this.state) {
      case "waiting": return this.ahead ? `waiting, ${this.ahead} before it` : "waiting";
      case "painting": return this.done ? `frame ${this.done} of ${this.of}` : "making a plan";
      case "done": return `${this.of} frames`;
      case "failed": return "failed";
      default: return "cancelled";
    }
  }

  // Seconds that the frames still to come may take, by those that came; null when nobody knows.
  left(now) {
    if (this.state !== "painting" || this.done < 3) return null;
    return ((now - this.began) / (this.done - 1)) * (this.of - this.done) / 1000;
  }

  // The newest picture up to frame `index` that is here already.
  picture(index) {
    for (let i = Math.min(index, this.done - 1); i >= 0; i--) {
      const image = this.frames[i];
      if (image.complete && image.naturalWidth) return image;
    }
    return null;
  }

  // Names of the parts that frame `index` works on, those worked on most first.
  worked(index) {
    const row = this.plan?.degrees[index - 1];
    if (!row) return [];
    return row.map((degree, k) => [degree, this.plan.parts[k].name]).filter(([d]) => d >= 0.02).sort((a, b) => b[0] - a[0]).map(([, name]) => name);
  }
}

// Keeps the runs of one painting; `changed(run, event)` is called after every event, and when a picture is loaded.
export class Runs {
  constructor(changed) {
    this.all = new Map();
    this.changed = changed;
  }

  get list() {
    return [...this.all.values()];
  }

  get working() {
    return this.list.filter((run) => !run.over);
  }

  on(event, data) {
    if (event === "waiting" && !this.all.has(data.run)) this.all.set(data.run, new Run(data.run, data.wish));
    const run = this.all.get(data.run);
    if (!run) return;
    if (event === "waiting" || event === "ahead") run.ahead = data.ahead;
    else if (event === "begun") run.state = "painting";
    else if (event === "plan") run.plan = data;
    else if (event === "frame") this.frame(run, data.frame);
    else if (event === "removed") this.all.delete(run.id);
    else {
      run.state = event;
      Object.assign(run, { files: data.files ?? {}, result: data, error: data.error });
      if (event === "cancelled") this.all.delete(run.id);
    }
    this.changed(run, event);
  }

  frame(run, index) {
    if (index === 0) run.began = performance.now();
    const image = new Image();
    image.addEventListener("load", () => this.changed(run, "loaded"));
    image.src = `api/runs/${run.id}/frames/${index}.jpg`;
    run.frames[index] = image;
  }
}
