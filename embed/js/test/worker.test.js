// The authorizer in a Worker: the same answers, a bounded queue, and an end.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { Authorizer } from "../index.js";
import { Authorizer as WorkerAuthorizer, ClearanceError } from "../worker.js";
import { AT, hostile } from "./hostile.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const langwatch = { component: await read("policy/dist/langwatch.wasm") };
const strict = { component: await read("policy/dist/strict.wasm") };
const now = Date.parse("2026-06-01T12:00:00Z");
const question = [{ key: "ci" }, "prompts:view", { project: "shop" }];
/** For what never answers, in milliseconds: far longer than anything that does, also where the machine is busy. */
const DEADLINE = 2_500;
const code = (wanted) => (error) => error instanceof ClearanceError && error.code === wanted;

/** Runs a test with an authorizer whose deadlines no busy machine reaches, and ends its Worker. */
async function withWorker(options, run) {
  const authorizer = await WorkerAuthorizer.load({ directory, allowUnsigned: true, deadline: 60_000, ...options });
  try {
    await run(authorizer);
  } finally {
    authorizer.close();
  }
}

test("a Worker answers as the authorizer of this thread does", async () => {
  const here = await Authorizer.load({ directory, allowUnsigned: true });
  await withWorker({}, async (there) => {
    const calls = {
      check: question,
      checkMany: [[{ key: "ci", permission: "prompts:view", at: { project: "shop" } }], now],
      effective: [{ user: "ben" }, { team: "web" }, now],
      explain: [...question, now],
      repair: [{ user: "ben" }, "project:delete", { project: "shop" }, { user: "ana" }, now],
      visibleProjects: ["ci", now],
      capsule: [...question, now],
      ask: [{ check: { user: "ben", permission: "prompts:view", at: { team: "web" } } }, now],
      describe: [],
      document: [],
    };
    for (const [name, parameters] of Object.entries(calls)) {
      assert.deepEqual(await there[name](...parameters), here[name](...parameters), name);
    }
    const changes = JSON.stringify([{ removeBinding: "b02" }]);
    here.apply(changes);
    await there.apply(changes);
    for (const policy of [langwatch, strict]) {
      await Promise.all([here.swap(policy), there.swap(policy)]);
      assert.deepEqual(await there.check(...question, now), here.check(...question, now));
    }
    assert.deepEqual(await there.document(), here.document());
  });
});

test("errors have the code and the place that they have without a Worker", async () => {
  await withWorker({}, async (authorizer) => {
    await assert.rejects(authorizer.check({ key: 7 }, "prompts:view", { project: "shop" }), code("malformed"));
    await assert.rejects(authorizer.check(...question, -1), code("time"));
    await assert.rejects(authorizer.check(...question, () => now), code("malformed"));
    await assert.rejects(authorizer.ask({ no: {} }), code("malformed"));
    await assert.rejects(authorizer.ask("{"), code("malformed"));
    const refused = [{ addUser: { id: "new" } }, { removeTeam: "nowhere" }];
    await assert.rejects(authorizer.apply(refused), (error) => code("refused")(error) && error.index === 1);
    await assert.rejects(authorizer.swap({ component: new Uint8Array(8) }), code("not-a-component"));
    for (const missing of [undefined, {}, { component: "strict.wasm" }]) {
      await assert.rejects(authorizer.swap(missing), code("malformed"));
    }
    const facts = { now: 1, place: { tag: "unknown" }, principal: { tag: "unknown" }, roles: [] };
    const decide = { decide: { facts: 1, permission: "prompts:view" } };
    for (const byNumber of [{ swap: { version: 1 } }, '{"unpin":{"organization":"acme"}}', { readFacts: facts }, decide, { words: undefined, ...decide }]) {
      await assert.rejects(authorizer.ask(byNumber), code("malformed"));
    }
    assert.equal((await authorizer.check(...question, now)).allow, true);
  });
  for (const bad of [0, -1, 0.5, NaN, "500", null, 2 ** 31]) {
    await assert.rejects(WorkerAuthorizer.load({ directory, deadline: bad }), code("malformed"), String(bad));
  }
  await assert.rejects(WorkerAuthorizer.load({ directory: "{" }), code("directory"));
  await assert.rejects(WorkerAuthorizer.load({ directory, policy: strict }), code("unsigned"));
});

test("a call beyond the queue is refused at once, and the others are answered", async () => {
  await withWorker({ maxWaiting: 3 }, async (authorizer) => {
    const calls = Array.from({ length: 6 }, () => authorizer.check(...question, now));
    const answers = await Promise.allSettled(calls);
    // One is under way, and three wait.
    assert.deepEqual(
      answers.map(({ value, reason }) => value?.allow ?? reason.code),
      [true, true, true, true, "busy", "busy"],
    );
  });
});

test("what a caller changes after a call is not part of the question", async () => {
  await withWorker({}, async (authorizer) => {
    const first = authorizer.check(...question, now);
    const principal = { key: "ci" };
    const second = authorizer.check(principal, question[1], question[2], now);
    principal.key = "laptop";
    assert.deepEqual(await second, await first);
  });
});

test("a Worker that is ended keeps the changes, the live version and the pins, and answers what waits", async () => {
  const looping = { component: hostile(strict.component) };
  await withWorker({ deadline: DEADLINE }, async (authorizer) => {
    await authorizer.swap(looping);
    await authorizer.apply([{ addOrganization: { id: "pinned" } }, { addOrganization: { id: "free" } }]);
    await authorizer.pin("pinned", langwatch);
    await authorizer.pin("free", langwatch);
    await authorizer.unpin("free");
    const policies = async () => {
      const ask = async (at) => (await authorizer.check({ key: "ci" }, "prompts:view", at, now)).policy;
      return [await ask({ project: "shop" }), await ask({ organization: "pinned" }), await ask({ organization: "free" })];
    };
    const before = [await authorizer.document(), await policies()];
    // An explanation is never kept, so this asks the policy.
    const [late, ...waiting] = await Promise.allSettled([
      authorizer.explain(...question, AT.loop),
      ...Array.from({ length: 5 }, () => authorizer.explain(...question, now)),
    ]);
    assert.equal(late.reason?.code, "timeout");
    assert.deepEqual(waiting.map(({ value, reason }) => value?.allow ?? reason), Array(5).fill(true));
    // A second one in a row finds the new Worker as the first one found the old.
    await assert.rejects(authorizer.explain(...question, AT.loop), code("timeout"));
    assert.equal((await authorizer.explain(...question, now)).allow, true);
    assert.deepEqual([await authorizer.document(), await policies()], before);
    const [live, pinned, free] = before[1];
    assert.deepEqual([live === pinned, live === free], [false, true]);
  });
});

test("a version that loops while it is looked at is refused, and the one before answers", async () => {
  // Every word that a question can begin with is a time at which this one loops.
  const loops = { component: hostile(strict.component, { at: { ...AT, loop: 1 } }) };
  await withWorker({ loadDeadline: DEADLINE }, async (authorizer) => {
    const before = await authorizer.check(...question, now);
    await assert.rejects(authorizer.swap(loops), code("timeout"));
    assert.deepEqual(await authorizer.check(...question, now), before);
  });
});

test("many changes are kept as the data that came of them", async () => {
  await withWorker({ policy: { component: hostile(langwatch.component) }, deadline: DEADLINE }, async (authorizer) => {
    const name = "n".repeat(1_100_000);
    for (let round = 0; round < 5; round++) await authorizer.apply([{ addUser: { id: `u${round}`, name } }]);
    await authorizer.apply([{ removeUser: "u0" }]);
    const before = await authorizer.document();
    await assert.rejects(authorizer.check(...question, AT.loop), code("timeout"));
    assert.deepEqual(await authorizer.document(), before);
  });
});

test("after `close` every call fails by name", async () => {
  const authorizer = await WorkerAuthorizer.load({ directory });
  const waiting = [authorizer.check(...question, now), authorizer.check(...question, now)];
  authorizer.close();
  for (const call of [...waiting, authorizer.check(...question, now)]) await assert.rejects(call, code("closed"));
});

test("a program that waits for nothing ends, also where it does not close its authorizer", async () => {
  const program = `
    import { Authorizer } from ${JSON.stringify(new URL("../worker.js", import.meta.url).href)};
    const authorizer = await Authorizer.load({ directory: ${JSON.stringify(directory)} });
    const { allow } = await authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, ${now});
    console.log(allow);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
  assert.equal(stdout, "true\n");
});
