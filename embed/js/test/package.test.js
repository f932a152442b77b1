// The package as it is published: packed, installed into an empty project outside of the repository, and used there as its README says.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const own = fileURLToPath(new URL("../", import.meta.url));

/** The pages whose snippets are about this package. */
const PAGES = ["embed/js/README.md", "docs/embedding.md"];

let project;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "clearance-embed-"));
  await writeFile(join(project, "package.json"), '{"private": true, "type": "module"}');
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--no-update-notifier"];
  const { stdout } = await run("npm", ["pack", ...quiet, "--json", "--pack-destination", project], { cwd: own });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[")));
  await run("npm", ["install", ...quiet, "--offline", `./${filename}`], { cwd: project });
});

after(() => rm(project, { recursive: true, force: true }));

async function snippets(page) {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
}

test("the package has no dependency, and holds what it exports and nothing else", async () => {
  const installed = await readdir(join(project, "node_modules"));
  assert.deepEqual(installed.filter((name) => !name.startsWith(".")), ["clearance-embed"]);
  const files = await readdir(join(project, "node_modules/clearance-embed"), { recursive: true });
  assert.deepEqual(files.filter((name) => /test|node_modules|serve|screenshot|prepare|bench|run$/.test(name)), []);
  for (const [from, copy] of [
    ["embed/dist/authorizer.wasm", "authorizer.wasm"],
    ["policy/dist/langwatch.wasm", "langwatch.wasm"],
    ["examples/company/directory.json", "playground/company.json"],
  ]) {
    assert.deepEqual(await readFile(join(project, "node_modules/clearance-embed", copy)), await readFile(join(root, from)), copy);
  }
});

test("the first example prints what its comment says", async () => {
  const [example, change] = await snippets("embed/js/README.md");
  const [, promised] = example.match(/\/\/ (.*)\n/);
  const again = 'console.log(authorizer.check({ key: "ci" }, "project:delete", { project: "shop" }).allow);';
  await writeFile(join(project, "first.js"), `${example}\n${change}\n${again}`);
  const { stdout } = await run(process.execPath, ["first.js"], { cwd: project });
  assert.equal(stdout, `${promised}\ntrue\n`);
});

test("the first example prints the same in a Worker", async () => {
  const [example] = await snippets("embed/js/README.md");
  const [, promised] = example.match(/\/\/ (.*)\n/);
  const code = example.replace('"clearance-embed"', '"clearance-embed/worker"').replace("= authorizer.check", "= await authorizer.check");
  await writeFile(join(project, "worker.js"), code);
  const { stdout } = await run(process.execPath, ["worker.js"], { cwd: project });
  assert.equal(stdout, `${promised}\n`);
});

test("TypeScript compiles the types strictly, and every snippet", async () => {
  // The frameworks are those of the tests.
  for (const name of await readdir(join(own, "node_modules"))) {
    if (!name.startsWith(".")) await symlink(join(own, "node_modules", name), join(project, "node_modules", name));
  }
  await cp(join(own, "test/types"), join(project, "types"), { recursive: true });
  await mkdir(join(project, "snippets"));
  let count = 0;
  for (const page of PAGES) {
    for (const code of await snippets(page)) {
      count += 1;
      await writeFile(join(project, "snippets", `${page.replaceAll(/\W/g, "-")}-${count}.js`), `${code}\nexport {};\n`);
    }
  }
  assert.ok(count >= 8, `${count} snippets`);
  const compilerOptions = {
    strict: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    target: "es2023",
    lib: ["es2023"],
    module: "nodenext",
    types: ["node"],
    noUncheckedIndexedAccess: true,
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["types", "snippets"] }));
  const compiler = join(own, "node_modules/typescript/bin/tsc");
  const { stdout, stderr } = await run(process.execPath, [compiler, "-p", "."], { cwd: project }).catch((error) => error);
  assert.equal(stderr, "");
  // A snippet of JavaScript does not say the types of parameters.
  const isParameter = (line) => /^snippets\/.*: error TS7006:/.test(line);
  assert.deepEqual(stdout.split("\n").filter((line) => line !== "" && !isParameter(line)), []);
});
