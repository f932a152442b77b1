// What a user of the package relies on.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Authorizer, ClearanceError } from "../index.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const strict = { component: await read("policy/dist/strict.wasm") };
const now = Date.parse("2026-06-01T12:00:00Z");

const company = (more = {}) => Authorizer.load({ directory, ...more });
const code = (wanted) => (error) => error instanceof ClearanceError && error.code === wanted;

test("a key has what it and its owner have", async () => {
  const authorizer = await company();
  const allowed = authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now);
  assert.equal(allowed.allow, true);
  assert.equal(allowed.reason, "binding");
  assert.match(allowed.binding, /^b\d+$/);
  assert.match(allowed.policy, /^sha256:[0-9a-f]{64}$/);
  const denied = authorizer.check({ key: "ci" }, "project:delete", { project: "shop" }, now);
  assert.deepEqual([denied.allow, denied.reason, denied.binding], [false, "owner-lacks", undefined]);
});

test("every way to ask gives the same decision", async () => {
  const authorizer = await company();
  const permissions = authorizer.describe().permissions.map(({ name }) => name);
  const { permissions: held } = authorizer.effective({ key: "ci" }, { project: "shop" }, now);
  const questions = permissions.map((permission) => ({ key: "ci", permission, at: { project: "shop" } }));
  const many = authorizer.checkMany(questions, now);
  for (const [index, permission] of permissions.entries()) {
    const decision = authorizer.check({ key: "ci" }, permission, { project: "shop" }, now);
    assert.equal(decision.allow, held.includes(permission), permission);
    assert.deepEqual(many[index], decision);
    const { principal, owner, since, until, ...explained } = authorizer.explain({ key: "ci" }, permission, { project: "shop" }, now);
    assert.deepEqual(explained, decision);
    assert.ok(principal.steps.length > 0 && owner.steps.length > 0);
  }
});

test("many questions are answered like each by itself, also where one says its time", async () => {
  const authorizer = await company();
  const plain = { key: "trial", permission: "prompts:view", at: { project: "shop" } };
  const early = { ...plain, now: "2026-03-31T12:00:00Z" };
  const reasons = (questions) => authorizer.checkMany(questions, now).map(({ reason }) => reason);
  assert.deepEqual(reasons([plain, plain]), ["key-expired", "key-expired"]);
  assert.deepEqual(reasons([plain, early]), ["key-expired", "binding"]);
  assert.deepEqual(reasons([{ ...plain, now: undefined }]), ["key-expired"]);
  assert.deepEqual(reasons([]), []);
  const { permission, ...incomplete } = plain;
  const bad = [null, 7, incomplete, { ...plain, user: "ben" }, { ...plain, at: null }, { ...plain, at: { project: "shop", more: 1 } }];
  for (const wrong of [...bad, { ...plain, Now: early.now }, { ...plain, permission: 7 }, { ...plain, now: null }]) {
    assert.throws(() => authorizer.checkMany([plain, wrong], now), code("malformed"), JSON.stringify(wrong));
  }
  for (const wrong of [undefined, null, plain, "[]"]) {
    assert.throws(() => authorizer.checkMany(wrong, now), code("malformed"), String(wrong));
  }
  assert.throws(() => authorizer.checkMany([plain], -1), code("time"));
  assert.throws(() => authorizer.checkMany([], "0"), code("malformed"));
});

test("every request of the table can be asked, as an object and as text", async () => {
  const authorizer = await company({ allowUnsigned: true });
  const at = { project: "shop" };
  const answers = {
    check: [{ key: "ci", permission: "prompts:view", at }, authorizer.check({ key: "ci" }, "prompts:view", at, now)],
    checkMany: [{ questions: [] }, { answers: [] }],
    effective: [{ key: "ci", at }, authorizer.effective({ key: "ci" }, at, now)],
    explain: [{ key: "ci", permission: "prompts:view", at }, authorizer.explain({ key: "ci" }, "prompts:view", at, now)],
    repair: [
      { user: "ben", permission: "project:delete", at, asker: { user: "ana" } },
      authorizer.repair({ user: "ben" }, "project:delete", at, { user: "ana" }, now),
    ],
    visibleProjects: [{ key: "ci" }, authorizer.visibleProjects("ci", now)],
    capsule: [{ key: "ci", permission: "prompts:view", at }, { capsule: authorizer.capsule({ key: "ci" }, "prompts:view", at, now) }],
    describe: [{}, authorizer.describe()],
    document: [{}, authorizer.document()],
  };
  for (const [name, [request, answer]] of Object.entries(answers)) {
    assert.deepEqual(authorizer.ask({ [name]: request }, now), answer, name);
    assert.deepEqual(authorizer.ask(JSON.stringify({ [name]: request }), now), answer, name);
  }
  assert.ok(authorizer.ask({ words: {} }).reasons.includes("owner-lacks"));
  // A version that the live one replaces is gone, and can be added again.
  await authorizer.pin("acme", strict);
  const { live, pins } = authorizer.ask({ versions: {} });
  authorizer.ask({ swap: { version: pins[0].version } });
  assert.throws(() => authorizer.ask({ swap: { version: live } }), code("version-unknown"));
  assert.throws(() => authorizer.ask({ removeVersion: pins[0] && { version: pins[0].version } }), code("version-in-use"));
  await authorizer.swap({ component: await read("policy/dist/langwatch.wasm") });
  authorizer.ask({ unpin: { organization: "acme" } });
  assert.equal(authorizer.check({ key: "ci" }, "prompts:view", at, now).allow, true);
  const circle = {};
  circle.circle = circle;
  for (const bad of [undefined, null, 7, "", "{", "{}", {}, [], { no: {} }, { words: {}, versions: {} }, { words: 7n }, circle, "\ud800", () => {}]) {
    assert.throws(() => authorizer.ask(bad, now), code("malformed"));
  }
  for (const bad of [null, "0", {}]) assert.throws(() => authorizer.ask({ words: {} }, bad), code("malformed"));
});

test("a policy that is missing is an error, and never another policy", async () => {
  for (const policy of [null, {}, { component: undefined }, { component: "strict.wasm" }, { component: strict.component.buffer }]) {
    await assert.rejects(company({ policy, allowUnsigned: true }), code("malformed"));
    const authorizer = await company({ allowUnsigned: true });
    await assert.rejects(authorizer.swap(policy), code("malformed"));
    await assert.rejects(authorizer.swap(), code("malformed"));
    await assert.rejects(authorizer.pin("acme", policy), code("malformed"));
  }
  for (const options of [{ allowUnsigned: "true" }, { allowUnsigned: 1 }, { trustedKeys: "RW" }, { trustedKeys: [7] }]) {
    await assert.rejects(company({ policy: strict, ...options }), code("malformed"), JSON.stringify(options));
  }
});

test("half a character is refused, and not written as another one", async () => {
  const text = '{"organizations":[{"id":"acme","name":"\ud800"}]}';
  await assert.rejects(company({ directory: text }), code("malformed"));
  const authorizer = await company();
  assert.throws(() => authorizer.apply(`[{"addUser":{"id":"new","name":"\ud800"}}]`), code("malformed"));
  assert.throws(() => authorizer.check({ key: "\ud800" }, "prompts:view", { project: "shop" }, now), code("malformed"));
});

test("nothing but the ids of a question counts", async () => {
  const authorizer = await company();
  const early = { key: "trial", now: "2026-03-31T12:00:00Z", asker: { user: "ana" } };
  const at = { project: "shop", now: early.now };
  assert.equal(authorizer.check(early, "prompts:view", at, now).reason, "key-expired");
  assert.equal(authorizer.explain(early, "prompts:view", at, now).reason, "key-expired");
  assert.equal(authorizer.effective(early, at, now).reason, "key-expired");
});

test("what nobody knows is denied with a reason of its own", async () => {
  const authorizer = await company();
  const reason = (...question) => authorizer.check(...question, now).reason;
  assert.equal(reason({ key: "nobody" }, "prompts:view", { project: "shop" }), "principal-unknown");
  assert.equal(reason({ key: "ci" }, "no:such", { project: "shop" }), "permission-unknown");
  assert.equal(reason({ key: "ci" }, "prompts:view", { project: "nowhere" }), "place-unknown");
  // Neither fits the short way: one is not ASCII, the other is long.
  assert.equal(reason({ key: "clé" }, "prompts:view", { project: "shop" }), "principal-unknown");
  assert.equal(reason({ key: "k".repeat(100_000) }, "prompts:view", { project: "shop" }), "principal-unknown");
  assert.equal(authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).allow, true);
});

test("the next question sees a change, and a refused batch changes nothing", async () => {
  const authorizer = await company();
  const ask = () => authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).reason;
  assert.equal(ask(), "binding");
  const deactivate = { deactivateUser: { user: "ben", at: "2026-05-01T00:00:00Z" } };
  const before = authorizer.document();
  assert.throws(() => authorizer.apply([deactivate, { removeTeam: "nowhere" }]), (error) => code("refused")(error) && error.index === 1);
  assert.deepEqual(authorizer.document(), before);
  assert.equal(ask(), "binding");
  authorizer.apply([deactivate]);
  assert.equal(ask(), "owner-deactivated");
});

test("what would grant a permission grants it", async () => {
  const authorizer = await company();
  const question = [{ user: "ben" }, "project:delete", { project: "shop" }];
  const repair = authorizer.repair(...question, undefined, now);
  assert.equal(repair.outcome, "sets");
  const [{ bind }] = repair.sets[0];
  const { organization, user, role, scope } = bind;
  authorizer.apply([{ addBinding: { id: "repaired", organization, user, role, scope } }]);
  assert.equal(authorizer.check(...question, now).allow, true);
});

test("another version answers after a swap, and the old one where it is pinned", async () => {
  const authorizer = await company({ allowUnsigned: true });
  const ask = () => authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).policy;
  const first = ask();
  await authorizer.swap(strict);
  const second = ask();
  assert.notEqual(first, second);
  await authorizer.pin("acme", { component: await read("policy/dist/langwatch.wasm") });
  assert.equal(ask(), first);
  authorizer.unpin("acme");
  assert.equal(ask(), second);
});

test("two versions that are ready at the same moment are both taken", async (context) => {
  const authorizer = await company({ allowUnsigned: true });
  // The same rules with a section that means nothing: another version.
  const other = { component: new Uint8Array([...strict.component, 0, 2, 1, 0x78]) };
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  const compile = (bytes) => gate.then(() => new WebAssembly.Module(bytes));
  context.mock.method(WebAssembly, "compile", compile);
  const both = Promise.all([authorizer.swap(strict), authorizer.pin("acme", other)]);
  setTimeout(open, 50);
  await both;
  const ask = () => authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).policy;
  const pinned = ask();
  authorizer.unpin("acme");
  assert.notEqual(ask(), pinned);
});

test("a version that is there already is not started again", async (context) => {
  const authorizer = await company({ allowUnsigned: true });
  await authorizer.swap(strict);
  const compile = context.mock.method(WebAssembly, "compile");
  for (let round = 0; round < 3; round++) await authorizer.swap(strict);
  assert.equal(compile.mock.callCount(), 0);
  assert.equal(authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).allow, true);
});

test("a policy that nobody signed is refused unless that is allowed", async () => {
  await assert.rejects(company({ policy: strict }), code("unsigned"));
  const authorizer = await company();
  await assert.rejects(authorizer.swap(strict), code("unsigned"));
  assert.equal(authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).allow, true);
});

test("bytes that are not a policy are refused by name", async () => {
  const authorizer = await company({ allowUnsigned: true });
  const refused = (bytes, name) => assert.rejects(authorizer.swap({ component: new Uint8Array(bytes) }), code(name));
  await refused([], "not-a-component");
  await refused([0, 97, 115, 109, 1, 0, 0, 0], "not-a-component");
  await refused([0, 97, 115, 109, 13, 0, 1, 0], "contract");
  await refused(strict.component.subarray(0, 1000), "invalid");
  assert.equal(authorizer.check({ key: "ci" }, "prompts:view", { project: "shop" }, now).allow, true);
});

test("bad input is refused by name, and the next question is answered", async () => {
  const authorizer = await company();
  const question = [{ key: "ci" }, "prompts:view", { project: "shop" }];
  for (const bad of [undefined, null, 7, "ci", {}, { key: 7 }, { key: null }, { key: "ci", user: "ben" }, { name: "ci" }]) {
    assert.throws(() => authorizer.check(bad, question[1], question[2], now), code("malformed"), String(bad));
    assert.throws(() => authorizer.check(question[0], question[1], bad, now), code("malformed"), String(bad));
    assert.throws(() => authorizer.effective(bad, question[2], now), code("malformed"), String(bad));
  }
  for (const bad of [undefined, null, 7, {}, ["a"]]) {
    assert.throws(() => authorizer.check(question[0], bad, question[2], now), code("malformed"), String(bad));
  }
  for (const bad of [null, "0", "2026-06-01T12:00:00Z", 7n, new Date(now), {}]) {
    assert.throws(() => authorizer.check(...question, bad), code("malformed"), String(bad));
    assert.throws(() => authorizer.effective(question[0], question[2], bad), code("malformed"), String(bad));
  }
  for (const bad of [NaN, Infinity, -1, 0.5, 2 ** 64, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => authorizer.check(...question, bad), code("time"), String(bad));
    assert.throws(() => authorizer.explain(...question, bad), code("time"), String(bad));
  }
  assert.equal(authorizer.check(...question, now).allow, true);
});

test("data that cannot be loaded is refused with its place", async () => {
  for (const bad of ["", "{", "[]", '{"teams":[{"id":"t","organization":"o"}]}', '{"keys":[{"id":""}]}', '{"more":[]}']) {
    await assert.rejects(Authorizer.load({ directory: bad }), code("directory"), bad);
  }
});

test("after an error of the authorizer itself its data is lost, and nothing is answered any more", async (context) => {
  const instantiate = WebAssembly.instantiate;
  let stops = false;
  context.mock.method(WebAssembly, "instantiate", async (...parameters) => {
    const { exports } = await instantiate(...parameters);
    const check = (...question) => {
      if (stops) throw new WebAssembly.RuntimeError("unreachable");
      return exports.check(...question);
    };
    return { exports: { ...exports, check } };
  });
  const authorizer = await company({ allowUnsigned: true });
  const question = [{ key: "ci" }, "prompts:view", { project: "shop" }, now];
  assert.equal(authorizer.check(...question).allow, true);
  stops = true;
  assert.throws(() => authorizer.check(...question), code("lost"));
  stops = false;
  for (const call of [() => authorizer.check(...question), () => authorizer.document(), () => authorizer.apply([]), () => authorizer.unpin("acme")]) {
    assert.throws(call, code("lost"));
  }
  await assert.rejects(authorizer.swap(strict), code("lost"));
});
