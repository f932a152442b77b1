// A policy that fails in every way that it can: its instance is dropped, the caller gets an error, and the next question is answered.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Guest } from "../guest.js";
import { Authorizer, ClearanceError } from "../index.js";
import { AT, coreOf, hostile } from "./hostile.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const policy = { component: hostile(await read("policy/dist/langwatch.wasm")) };
const now = Date.parse("2026-06-01T12:00:00Z");
const question = [{ key: "ci" }, "prompts:view", { project: "shop" }];

const healthy = await Authorizer.load({ directory });
const wanted = healthy.check(...question, now);

/** What a way to fail is called. */
const CODES = { trap: "trap", stack: "stack", memory: "trap", nonsense: "wrong-answer", outside: "trap" };

for (const [misdeed, code] of Object.entries(CODES)) {
  test(`after a failure (${misdeed}) another instance answers`, async (context) => {
    const authorizer = await Authorizer.load({ directory, policy, allowUnsigned: true });
    const started = context.mock.method(WebAssembly, "Instance");
    for (const ask of [
      () => authorizer.check(...question, AT[misdeed]),
      () => authorizer.explain(...question, AT[misdeed]),
      () => authorizer.effective(question[0], question[2], AT[misdeed]),
      () => authorizer.checkMany([{ ...question[0], permission: question[1], at: question[2] }], AT[misdeed]),
      () => authorizer.repair({ user: "ben" }, "project:delete", question[2], undefined, AT[misdeed]),
      () => authorizer.capsule(...question, AT[misdeed]),
    ]) {
      const before = started.mock.callCount();
      assert.throws(ask, (error) => error instanceof ClearanceError && error.code === code, String(ask));
      // An explanation is never kept, so this asks the policy.
      const { allow, reason, binding } = authorizer.explain(...question, now);
      assert.deepEqual({ allow, reason, binding, policy: wanted.policy }, wanted);
      assert.ok(started.mock.callCount() > before, `${ask}: the instance that failed answers again`);
    }
  });
}

test("a question after a failure is written into the instance that answers it", () => {
  const words = (...numbers) => new Uint8Array(BigUint64Array.from(numbers.map(BigInt)).buffer);
  // About an unknown principal at an unknown place, and then with a permission that no catalog has.
  const questions = [words(3, 1, now), words(0xffff_ffff, 1, now)];
  const decide = (guest, question) => {
    let answer;
    const status = guest.decide(question, (word) => (answer = word));
    return { status, answer };
  };
  const module = new WebAssembly.Module(coreOf(policy.component));
  const guest = new Guest(module);
  for (const question of questions) {
    assert.deepEqual(decide(guest, words(3, 1, AT.trap)), { status: 1, answer: undefined });
    assert.deepEqual(decide(guest, question), decide(new Guest(module), question));
  }
});
