// The page's side of the worker: calls that give promises.

export class Computer {
  constructor(source, description) {
    this.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    this.waiting = new Map(); // Id -> {resolve, reject, progress}.
    this.count = 0;
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.ready = this.call("load", { description });
  }

  // Asks for a task; `progress` hears what comes before the end.
  call(task, message = {}, progress = null) {
    const id = ++this.count;
    this.worker.postMessage({ ...message, task, id });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, progress }));
  }

  receive(data) {
    const { resolve, reject, progress } = this.waiting.get(data.id);
    if (progress && !data.finished && !data.error) return progress(data);
    this.waiting.delete(data.id);
    return data.error ? reject(new Error(data.error)) : resolve(data);
  }

  stop() {
    this.worker.postMessage({ task: "stop", id: 0 });
  }
}
