// Versions follow each other while questions are asked: no question fails, and none is answered by two versions.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Authorizer } from "../index.js";
import { Authorizer as WorkerAuthorizer } from "../worker.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const versions = [{ component: await read("policy/dist/langwatch.wasm") }, { component: await read("policy/dist/strict.wasm") }];
const now = Date.parse("2026-06-01T12:00:00Z");
const SWAPS = 10;

const { users, keys, projects, teams } = JSON.parse(directory);
const principals = [...users.map(({ id }) => ({ user: id })), ...keys.map(({ id }) => ({ key: id }))];
const places = [{ organization: "acme" }, ...teams.map(({ id }) => ({ team: id })), ...projects.map(({ id }) => ({ project: id }))];
const permissions = ["traces:view", "prompts:view", "prompts:update", "project:delete"];
const questions = principals.flatMap((principal) =>
  places.flatMap((at) => permissions.map((permission) => ({ ...principal, permission, at }))),
);

/** What each version answers when nothing else happens, by its digest. */
const answers = new Map();
for (const policy of versions) {
  const authorizer = await Authorizer.load({ directory, policy, allowUnsigned: true });
  answers.set(authorizer.describe().digest, authorizer.checkMany(questions, now));
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [kind, Loaded] of [
  ["", Authorizer],
  [" in a Worker", WorkerAuthorizer],
]) {
  test(`versions are swapped under questions${kind}`, async () => {
    const authorizer = await Loaded.load({ directory, allowUnsigned: true, deadline: 60_000 });
    const asked = new Map([...answers.keys()].map((digest) => [digest, 0]));
    let isSwapping = true;
    const swapping = (async () => {
      for (let swap = 0; swap < SWAPS; swap++) {
        await authorizer.swap(versions[(swap + 1) % versions.length]);
        await turn();
      }
      isSwapping = false;
    })();
    for (let round = 0; isSwapping || round < questions.length; round++) {
      const index = round % questions.length;
      const { permission, at, ...principal } = questions[index];
      const decision = await authorizer.check(principal, permission, at, now);
      assert.deepEqual(decision, answers.get(decision.policy)[index]);
      asked.set(decision.policy, asked.get(decision.policy) + 1);
      if (index === 0) {
        const many = await authorizer.checkMany(questions, now);
        assert.deepEqual(many, answers.get(many[0].policy));
      }
      await turn();
    }
    await swapping;
    authorizer.close?.();
    assert.ok([...asked.values()].every((count) => count > 0), JSON.stringify([...asked]));
  });
}

test("the two versions answer some questions differently", () => {
  const [first, second] = [...answers.values()];
  assert.ok(first.some(({ allow }, index) => allow !== second[index].allow));
});
