// Serves the playground on this machine, with the headers that a careful site sends: `node playground/serve.js [port]`.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

import "../prepare.js";

const ROOT = new URL("../", import.meta.url);
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  wasm: "application/wasm",
};

export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/** Serves on this machine alone, and answers the server and the address of the page. */
export async function serve(port = 0) {
  const server = createServer((request, response) => {
    answer(request.url).then(
      ({ type, body }) => response.writeHead(200, { ...HEADERS, "Content-Type": type }).end(body),
      () => response.writeHead(404, { ...HEADERS, "Content-Type": "text/plain" }).end("there is nothing here"),
    );
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}/playground/` };
}

async function answer(path) {
  const { pathname } = new URL(path, "http://localhost");
  const [, folder, name, extension] = pathname.match(/^\/(playground\/)?((?:[\w-]+\.)+(\w+))?$/) ?? [];
  if (folder === undefined && name === undefined) throw new Error("not found");
  const body = await readFile(new URL(`${folder ?? ""}${name ?? "index.html"}`, ROOT));
  const type = TYPES[extension ?? "html"];
  if (type === undefined) throw new Error("not found");
  return { type, body };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serve(Number(argv[2] ?? 7311));
  console.log(`The playground is at ${address}`);
}
