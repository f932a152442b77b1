// What the types promise, and what they refuse. It is compiled, and never run.

import { Authorizer, ClearanceError } from "clearance-embed";
import type { Binding, Catalog, Decision, Effective, Explanation, Place, Policy, Principal, Repair, RepairChange } from "clearance-embed";
import { Authorizer as WorkerAuthorizer } from "clearance-embed/worker";
import { guard as expressGuard } from "clearance-embed/express";
import { guard as honoGuard } from "clearance-embed/hono";
import express from "express";
import { Hono } from "hono";

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_is: Equals<A, B>): void {}

const policy: Policy = { component: new Uint8Array(8), signature: "untrusted comment: …" };
const authorizer = await Authorizer.load({ directory: { organizations: [] }, policy, trustedKeys: ["RW…"], allowUnsigned: false });
await Authorizer.load({ directory: "{}" });

const key: Principal = { key: "ci" };
const shop: Place = { project: "shop" };
const decision = authorizer.check(key, "prompts:view", shop);
same<typeof decision, Decision>(true);
same<Decision["allow"], boolean>(true);
same<Decision["binding"], string | undefined>(true);
authorizer.check({ user: "ben" }, "prompts:view", { team: "web" }, Date.now());
authorizer.check({ projectKey: "shop" }, "prompts:view", { organization: "acme" }, 0);
const many: Decision[] = authorizer.checkMany([{ key: "ci", permission: "prompts:view", at: shop, now: "2026-06-01T12:00:00Z" }]);
const effective: Effective = authorizer.effective(key, shop);
const explanation: Explanation = authorizer.explain(key, "prompts:view", shop);
const repair: Repair = authorizer.repair(key, "prompts:view", shop, { user: "ana" });
const visible = authorizer.visibleProjects("ci");
const projects: string[] | undefined = "all" in visible ? undefined : visible.projects;
const capsule: string = authorizer.capsule(key, "prompts:view", shop);
const catalog: Catalog = authorizer.describe();
const answer: unknown = authorizer.ask({ versions: {} }).live;
authorizer.ask('{"words": {}}', 0);
authorizer.apply([{ removeBinding: "b1" }]);
authorizer.apply("[]");
const swapped: Promise<void> = authorizer.swap(policy);
const pinned: Promise<void> = authorizer.pin("acme", policy);
authorizer.unpin("acme");

// A step says what it looked at, and a repair what to change.
for (const { source, verdict } of explanation.principal.steps) {
  if (typeof source === "string") continue;
  if ("binding" in source) same<typeof source.binding, Binding>(true);
  else same<(typeof source)["team-membership"]["team"], string>(true);
  same<typeof verdict, string>(true);
}
function sentence(change: RepairChange): string {
  if ("bind" in change) return `${change.bind.user ?? change.bind.key} gets ${change.bind.role}`;
  if ("membership" in change) return change.membership.organization;
  return "reactivate" in change ? change.reactivate.user : change.renew.key;
}
if (repair.outcome === "sets") for (const set of repair.sets) for (const action of set) sentence(action), action.by;
else if (repair.outcome === "nothing") repair.obstacle;

try {
  authorizer.check(key, "prompts:view", shop);
} catch (error) {
  if (!(error instanceof ClearanceError)) throw error;
  const [code, field, index]: [string, string | undefined, number | undefined] = [error.code, error.field, error.index];
}

const worker = await WorkerAuthorizer.load({ directory: "{}", deadline: 500, loadDeadline: 10_000, maxWaiting: 10 });
same<ReturnType<typeof worker.check>, Promise<Decision>>(true);
same<Awaited<ReturnType<typeof worker.explain>>, Explanation>(true);
const closed: void = worker.close();

// Every call of the authorizer is there in a Worker, with the same parameters, and answers a promise of the same.
type Promised<T> = { [K in keyof T]: T[K] extends (...parameters: infer P) => infer R ? (...parameters: P) => Promise<Awaited<R>> : never };
same<Omit<WorkerAuthorizer, "close">, Promised<Authorizer>>(true);

const app = express();
app.get(
  "/projects/:project",
  expressGuard({
    authorizer: worker,
    permission: "prompts:view",
    principal: (request) => (request.get("authorization") === undefined ? undefined : key),
    place: async (request) => ({ project: request.params.project ?? "" }),
    onError: (error, request) => console.error(request.path, error),
  }),
  (request, response) => {
    same<typeof response.locals.clearance, Decision>(true);
    response.json(response.locals.clearance.reason);
  },
);
const hono = new Hono();
hono.get(
  "/projects/:project",
  honoGuard({ authorizer, permission: "prompts:view", principal: () => null, place: (context) => ({ project: context.req.param("project") ?? "" }) }),
  (context) => {
    const held = context.get("clearance");
    same<typeof held, Decision>(true);
    return context.json(held.reason);
  },
);

// What must not compile.

// @ts-expect-error: a principal is one of three.
authorizer.check({ name: "ci" }, "prompts:view", shop);
// @ts-expect-error: an id is a text.
authorizer.check({ key: 7 }, "prompts:view", shop);
// @ts-expect-error: a place is one of three.
authorizer.check(key, "prompts:view", { key: "ci" });
// @ts-expect-error: a time is a number.
authorizer.check(key, "prompts:view", shop, new Date());
// @ts-expect-error: a permission is a text.
authorizer.check(key, undefined, shop);
// @ts-expect-error: there is data, or nothing is loaded.
await Authorizer.load({});
// @ts-expect-error: a swap needs a policy.
await authorizer.swap();
// @ts-expect-error: a component is bytes.
await authorizer.swap({ component: "strict.wasm" });
// @ts-expect-error: an authorizer is loaded, and not made.
new Authorizer();
// @ts-expect-error: a decision is not an allow.
if (authorizer.check === true) throw new Error();
// @ts-expect-error: a promise of a decision is not a decision.
worker.check(key, "prompts:view", shop).allow;
// @ts-expect-error: a guard needs a place.
expressGuard({ authorizer, permission: "prompts:view", principal: () => key });
// @ts-expect-error: a guard needs an authorizer.
honoGuard({ permission: "prompts:view", principal: () => key, place: () => shop });

export { answer, capsule, catalog, closed, effective, many, pinned, projects, swapped };
