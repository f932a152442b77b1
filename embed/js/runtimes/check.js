// Runs in Deno and in Bun: the examples of README.md print what they promise, and after every failure of a policy another instance answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Authorizer } from "clearance-embed";
import { Authorizer as WorkerAuthorizer } from "clearance-embed/worker";

const { promised, at } = JSON.parse(readFileSync("expected.json", "utf8"));
const directory = readFileSync("directory.json", "utf8");
const policy = { component: new Uint8Array(readFileSync("hostile.wasm")) };
const question = [{ key: "ci" }, "prompts:view", { project: "shop" }];
const now = Date.parse("2026-06-01T12:00:00Z");

const printed = [];
const print = console.log;
console.log = (...values) => printed.push(values.join(" "));
await import("./example.js");
await import("./example-in-worker.js");
console.log = print;
assert.deepEqual(printed, [promised, promised]);

const CODES = { trap: "trap", stack: "stack", memory: "trap", nonsense: "wrong-answer", outside: "trap" };
let failures = 0;
for (const Loaded of [Authorizer, WorkerAuthorizer]) {
  const authorizer = await Loaded.load({ directory, policy, allowUnsigned: true, deadline: 60_000 });
  for (const [misdeed, code] of Object.entries(CODES)) {
    const failed = await Promise.resolve()
      .then(() => authorizer.explain(...question, at[misdeed]))
      .catch((error) => error);
    assert.equal(failed.code, code, misdeed);
    assert.equal((await authorizer.explain(...question, now)).reason, "binding");
    failures += 1;
  }
  authorizer.close?.();
}
print(`the examples print \`${promised}\`, and ${failures} failures of a policy are survived`);
