// What the pages of the smallest hosts show is what their programs do: no page asks in a way that no program was seen to.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const examples = new URL("../../../examples/", import.meta.url);

/** What each shows, where it is from, and what must stand between the name of a permission and a question. */
const HOSTS = {
  node: { language: "js", extension: ".mjs", guard: "?? UNKNOWN" },
  python: { language: "python", extension: ".py", guard: ", UNKNOWN)" },
  go: { language: "go", extension: ".go", guard: "math.MaxUint32" },
};

/** The lines of a text, without what is no code. */
function codeOf(text) {
  const lines = text.split("\n").map((line) => line.replace(/(#|\/\/) .*$/, "").trim());
  return lines.filter((line) => line !== "" && line !== "}" && !line.startsWith('"""'));
}

for (const [host, { language, extension, guard }] of Object.entries(HOSTS)) {
  test(`every line that the page of ${host} shows is one of its program`, async () => {
    const folder = new URL(`${host}/`, examples);
    const page = await readFile(new URL("README.md", folder), "utf8");
    const shown = [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].flatMap(([, code]) => codeOf(code));
    const names = (await readdir(folder)).filter((name) => name.endsWith(extension));
    const program = (await Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")))).join("\n");
    const lines = new Set(codeOf(program));
    assert.ok(shown.length > 3);
    assert.deepEqual(shown.filter((line) => !lines.has(line)), []);
    for (const text of [shown.join("\n"), program]) assert.ok(text.includes(guard), `${host}: a name is asked without its guard`);
  });
}

test("no page looks a number of a permission up without its guard", async () => {
  const pages = ["../docs/embedding.md", "../embed/README.md", "../README.md", ...Object.keys(HOSTS).map((host) => `${host}/README.md`)];
  for (const page of pages) {
    const text = await readFile(new URL(page, examples), "utf8");
    const unguarded = [...text.matchAll(/^.*numbers(\.get\(|\[).*$/gm)].map(([line]) => line);
    const guards = ["?? UNKNOWN", ", UNKNOWN)", "number, known :="];
    assert.deepEqual(unguarded.filter((line) => !guards.some((guard) => line.includes(guard)) && !line.startsWith("Never")), [], page);
  }
});
