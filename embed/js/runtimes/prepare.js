// Writes what the other runtimes are asked to do into a folder: the first example of README.md, here and in a Worker, and a policy that fails.

import { copyFile, readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

import { AT, hostile } from "../test/hostile.js";

const own = (path) => new URL(path, import.meta.url);
const project = pathToFileURL(`${argv[2]}/`);
const to = (name) => new URL(name, project);

const page = await readFile(own("../README.md"), "utf8");
const [, example] = page.match(/```js\n(.*?)```/s);
const [, promised] = example.match(/\/\/ (.*)\n/);
const inWorker = example.replace('"clearance-embed"', '"clearance-embed/worker"').replace("= authorizer.check", "= await authorizer.check");

await writeFile(to("package.json"), '{"private": true, "type": "module"}');
await writeFile(to("example.js"), example);
await writeFile(to("example-in-worker.js"), `${inWorker}\nauthorizer.close();\n`);
await writeFile(to("expected.json"), JSON.stringify({ promised, at: AT }));
await writeFile(to("hostile.wasm"), hostile(await readFile(own("../../../policy/dist/langwatch.wasm"))));
await copyFile(own("../../../examples/company/directory.json"), to("directory.json"));
await copyFile(own("check.js"), to("check.js"));
