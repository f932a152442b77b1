// What runs in a Worker: an authorizer that is asked by messages, one at a time.

import { Authorizer, ClearanceError } from "./index.js";

const isWebWorker = typeof globalThis.postMessage === "function";
const port = isWebWorker ? globalThis : (await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:worker_threads")).parentPort;

let authorizer;

const calls = {
  load: async (options) => {
    authorizer = await Authorizer.load(options);
  },
  documentText: () => JSON.stringify(authorizer.document()),
};

port.onmessage = async ({ data: { name, parameters } }) => {
  try {
    const call = calls[name] ?? ((...parameters) => authorizer[name](...parameters));
    port.postMessage({ answer: await call(...parameters) });
  } catch (error) {
    // What is not an error of the authorizer is a defect, after which nothing is known of it.
    const { code, message, field, index } = error instanceof ClearanceError ? error : { code: "lost", message: String(error) };
    port.postMessage({ error: { code, message, field, index } });
  }
};

// A message that comes before this may be lost in some runtimes.
port.postMessage({ answer: undefined });
