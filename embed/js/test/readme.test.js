// What README.md shows runs, and prints what it says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

test("the first example prints what its comment says", async (context) => {
  const text = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, example] = text.match(/```js\n(.*?)```/s);
  const [, promised] = example.match(/\/\/ (.*)\n/);
  const printed = context.mock.method(console, "log", () => {});
  const code = example.replace('"clearance-embed"', JSON.stringify(new URL("../index.js", import.meta.url).href));
  await import(`data:text/javascript,${encodeURIComponent(code)}`);
  assert.equal(printed.mock.calls.map(({ arguments: values }) => values.join(" ")).join("\n"), promised);
});
