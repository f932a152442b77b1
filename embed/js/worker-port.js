// A Worker, and the one call that it is asked at a time.

import { ClearanceError } from "./failure.js";

/**
 * How much longer than its deadline a call is waited for, in milliseconds. A thread that was busy itself hears of a timer before it hears
 * of an answer that came in time.
 */
const GRACE = 20;

export class Port {
  #worker;
  #asked;
  #timer;
  /** Whether the Worker is ended. It answers nothing then. */
  isEnded = false;

  /** Starts a Worker. */
  static async start() {
    const port = new Port();
    const start = typeof globalThis.Worker === "function" ? startWebWorker : startNodeWorker;
    const ready = new Promise((resolve, reject) => (port.#asked = { resolve, reject }));
    port.#worker = await start(
      (message) => port.#hear(message),
      (cause) => port.end(new ClearanceError("lost", `the Worker stopped: ${cause}`)),
    );
    await ready;
    return port;
  }

  /** Asks the Worker, and ends it if it has not answered by the deadline. */
  ask(name, parameters, deadline) {
    return new Promise((resolve, reject) => {
      if (this.isEnded) return reject(new ClearanceError("lost", "the Worker stopped"));
      if (this.#asked !== undefined) throw new Error("a Worker is asked one thing at a time");
      this.#asked = { resolve, reject };
      const late = () => this.end(new ClearanceError("timeout", `\`${name}\` took more than ${deadline} ms: its Worker was ended`));
      this.#timer = setTimeout(() => (this.#timer = setTimeout(late, GRACE)), deadline);
      this.#worker.post({ name, parameters });
    });
  }

  #hear({ answer, error }) {
    const { resolve, reject } = this.#settle();
    if (error === undefined) return resolve(answer);
    const { code, message, field, index } = error;
    const failure = new ClearanceError(code, message, { field, index });
    // The data of a Worker whose authorizer stopped is lost.
    if (code === "lost") this.end(failure);
    reject(failure);
  }

  /** What waits for an answer waits no longer. */
  #settle() {
    clearTimeout(this.#timer);
    const { resolve = nothing, reject = nothing } = this.#asked ?? {};
    this.#asked = undefined;
    return { resolve, reject };
  }

  /** Ends the Worker, whatever it does. A call under way fails with this error. */
  end(error) {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#worker?.end();
    this.#settle().reject(error);
  }

  /** Whether a program goes on for this Worker alone. A browser knows no such question. */
  keepsProcess(does) {
    this.#worker.keepsProcess(does);
  }
}

function nothing() {}

function startWebWorker(hear, stopped) {
  // In one piece, so that a bundler finds the file.
  const worker = new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => hear(data);
  worker.onmessageerror = () => stopped("a message could not be read");
  worker.onerror = (event) => {
    event.preventDefault?.();
    stopped(event.message ?? "it could not be started");
  };
  return {
    post: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
    keepsProcess: (does) => (does ? worker.ref?.() : worker.unref?.()),
  };
}

async function startNodeWorker(hear, stopped) {
  const { Worker } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:worker_threads");
  // Flags of the program, such as `--input-type`, are not about this file.
  const worker = new Worker(new URL("./worker-thread.js", import.meta.url), { execArgv: [] });
  worker.on("message", hear);
  worker.on("messageerror", (error) => stopped(error.message));
  worker.on("error", (error) => stopped(error.message));
  worker.on("exit", (code) => stopped(`it ended with ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
    keepsProcess: (does) => (does ? worker.ref() : worker.unref()),
  };
}
