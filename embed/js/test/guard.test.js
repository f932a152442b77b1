// The guards, in the real frameworks.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import express from "express";
import express4 from "express4";
import { Hono } from "hono";

import { guard as expressGuard } from "../express.js";
import { guard as honoGuard } from "../hono.js";
import { Authorizer, ClearanceError } from "../index.js";
import { Authorizer as WorkerAuthorizer } from "../worker.js";
import { AT, hostile } from "./hostile.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const here = await Authorizer.load({ directory });
const { digest } = here.describe();

/** A service of some version of Express, of which the one route is behind a guard. `run` can ask how often the route ran. */
function withExpress(express) {
  return async (options, run) => {
    let ran = 0;
    const app = express();
    const question = {
      principal: (request) => options.principal(request.get("authorization")),
      place: (request) => options.place(request.params.project),
    };
    app.get("/projects/:project", expressGuard({ ...options, ...question }), (request, response) => {
      ran += 1;
      response.json(response.locals.clearance);
    });
    const server = app.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const { port } = server.address();
      await run((path, headers) => fetch(`http://127.0.0.1:${port}${path}`, { headers }), () => ran);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };
}

const frameworks = {
  "express 4": withExpress(express4),
  "express 5": withExpress(express),
  hono: async (options, run) => {
    let ran = 0;
    const app = new Hono();
    const question = {
      principal: (context) => options.principal(context.req.header("authorization")),
      place: (context) => options.place(context.req.param("project")),
    };
    app.get("/projects/:project", honoGuard({ ...options, ...question }), (context) => {
      ran += 1;
      return context.json(context.get("clearance"));
    });
    await run((path, headers) => app.request(path, { headers }), () => ran);
  },
};

const options = {
  authorizer: here,
  permission: "prompts:view",
  principal: (credential) => (credential === undefined ? undefined : { key: credential }),
  place: (project) => ({ project }),
};

async function problemOf(response) {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { detail, ...problem } = await response.json();
  assert.ok(detail.length > 0);
  return problem;
}

for (const [framework, serve] of Object.entries(frameworks)) {
  test(`${framework}: an allow runs the route, which knows the decision`, async () => {
    const inWorker = await WorkerAuthorizer.load({ directory, deadline: 60_000 });
    for (const authorizer of [here, inWorker]) {
      await serve({ ...options, authorizer }, async (ask, ran) => {
        const response = await ask("/projects/shop", { authorization: "ci" });
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), { allow: true, reason: "binding", binding: "b04", policy: digest });
        assert.equal(ran(), 1);
      });
    }
    inWorker.close();
  });

  test(`${framework}: a denial is answered with 403, a request of nobody with 401`, async () => {
    await serve(options, async (ask, ran) => {
      const denied = await ask("/projects/shop", { authorization: "laptop" });
      assert.equal(denied.status, 403);
      assert.match(denied.headers.get("www-authenticate"), /error="insufficient_scope"/);
      assert.equal(denied.headers.get("x-clearance-policy"), digest);
      assert.deepEqual(await problemOf(denied), {
        type: "urn:clearance:problem:forbidden",
        title: "Forbidden",
        status: 403,
        key: "laptop",
        permission: "prompts:view",
        policy: digest,
        project: "shop",
        reason: "key-revoked",
      });
      for (const [path, reason] of [
        ["/projects/nowhere", "place-unknown"],
        ["/projects/lake", "key-lacks"],
      ]) {
        const other = await ask(path, { authorization: "ci" });
        assert.equal(other.status, 403);
        assert.equal((await problemOf(other)).reason, reason);
      }
      const unknown = await ask("/projects/shop", {});
      assert.equal(unknown.status, 401);
      assert.match(unknown.headers.get("www-authenticate"), /^Bearer /);
      assert.deepEqual(await problemOf(unknown), { type: "urn:clearance:problem:unauthorized", title: "Unauthorized", status: 401 });
      assert.equal(ran(), 0);
    });
  });

  test(`${framework}: no answer is a 503, and the route does not run`, async (context) => {
    const policy = { component: hostile(await read("policy/dist/langwatch.wasm")) };
    const failing = await Authorizer.load({ directory, policy, allowUnsigned: true });
    context.mock.method(Date, "now", () => AT.trap);
    const heard = [];
    const onError = (error) => heard.push(error.code ?? error.message);
    const broken = () => {
      throw new Error("broken");
    };
    const cases = {
      trap: { authorizer: failing },
      malformed: { place: () => undefined },
      broken: { principal: broken },
      "an answer that is not one": { authorizer: { check: () => Promise.reject(new ClearanceError("an answer that is not one", "")) } },
      // A listener that fails itself changes nothing.
      listener: { authorizer: { check: broken }, onError: broken },
    };
    context.mock.method(console, "error", () => {});
    for (const [cause, more] of Object.entries(cases)) {
      await serve({ ...options, onError, ...more }, async (ask, ran) => {
        const response = await ask("/projects/shop", { authorization: "ci" });
        assert.equal(response.status, 503, cause);
        const expected = { type: "urn:clearance:problem:fault", title: "Service Unavailable", status: 503 };
        assert.deepEqual(await problemOf(response), expected);
        assert.equal(ran(), 0, cause);
      });
    }
    assert.deepEqual(heard, Object.keys(cases).slice(0, -1));
  });

  test(`${framework}: what is not an allow is never taken for one`, async () => {
    for (const allow of [1, "true", {}, undefined, null]) {
      const authorizer = { check: () => ({ allow, reason: "lacks", policy: digest }) };
      await serve({ ...options, authorizer }, async (ask, ran) => {
        assert.equal((await ask("/projects/shop", { authorization: "ci" })).status, 403);
        assert.equal(ran(), 0);
      });
    }
  });

  test(`${framework}: an error of the route is the route's own`, async () => {
    const error = new Error("of the route");
    if (framework === "hono") {
      const app = new Hono();
      app.onError((caught, context) => context.text(caught.message, 500));
      const question = { principal: () => ({ key: "ci" }), place: () => ({ project: "shop" }) };
      app.get("/", honoGuard({ ...options, ...question }), () => {
        throw error;
      });
      const response = await app.request("/");
      assert.deepEqual([response.status, await response.text()], [500, "of the route"]);
    } else {
      const guard = expressGuard({ ...options, principal: () => ({ key: "ci" }), place: () => ({ project: "shop" }) });
      const response = { locals: {}, writeHead: assert.fail };
      await assert.rejects(guard({}, response, () => Promise.reject(error)), error);
    }
  });
}

test("a mistake in the options is found when the program starts", () => {
  for (const guard of [expressGuard, honoGuard]) {
    for (const field of ["authorizer", "permission", "principal", "place"]) {
      const { [field]: left, ...others } = options;
      assert.throws(() => guard(others), (error) => error.code === "malformed" && error.field === field);
    }
    assert.throws(() => guard(), (error) => error.code === "malformed");
  }
});

test("a denial names no key and no project as null, as the server does", async () => {
  const { judge } = await import("../problem.js");
  const authorizer = { check: () => ({ allow: false, reason: "lacks", policy: "p" }) };
  const asked = { authorizer, permission: "a:b", principal: () => ({ user: "ben" }), place: () => ({ team: "web" }) };
  const { problem } = await judge({}, asked);
  const { key, project, reason } = JSON.parse(problem.body);
  assert.deepEqual([key, project, reason], [null, null, "lacks"]);
});
