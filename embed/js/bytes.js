// Where the bytes of a module come from: a file beside this one, in Node, Deno and Bun as in a browser.

import { ClearanceError } from "./failure.js";

/**
 * @param {URL} url
 * @returns {Promise<Uint8Array>}
 */
export async function bundled(url) {
  try {
    return url.protocol === "file:" ? await read(url) : await fetched(url);
  } catch (cause) {
    throw new ClearanceError("unavailable", `a file of this package cannot be read: ${cause.message}`, { cause });
  }
}

async function read(url) {
  // A bundler for browsers must not look for this one.
  const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
  return readFile(url);
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is answered with ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
