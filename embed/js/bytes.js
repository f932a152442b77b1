// Where the bytes of a module come from: a file beside this one, in Node, Deno and Bun as in a browser.

/**
 * @param {string} name
 * @returns {Promise<Uint8Array>}
 */
export async function bundled(name) {
  const url = new URL(name, import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`cannot fetch ${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
