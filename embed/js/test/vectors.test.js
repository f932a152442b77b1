// The vectors of the project: what every implementation must answer.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { Authorizer } from "../index.js";

const vectors = new URL("../../../tests/vectors/", import.meta.url);
const now = Date.parse("2026-06-01T12:00:00Z");

const principal = ({ user, key, projectKey }) => (user !== undefined ? { user } : key !== undefined ? { key } : { projectKey });

async function lines(folder, name) {
  const text = await readFile(new URL(`${name}.jsonl`, folder), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

for (const kind of ["scenarios", "random"]) {
  test(`the vectors of ${kind}`, async () => {
    const counts = { decisions: 0, effective: 0, projects: 0 };
    for (const name of await readdir(new URL(`${kind}/`, vectors))) {
      const folder = new URL(`${kind}/${name}/`, vectors);
      const authorizer = await Authorizer.load({ directory: await readFile(new URL("directory.json", folder), "utf8") });
      for (const line of await lines(folder, "decisions")) {
        const at = line.now === undefined ? now : Date.parse(line.now);
        const { allow, reason } = authorizer.check(principal(line), line.permission, line.at, at);
        assert.equal(allow, line.allow, `${name} ${line.id}`);
        if (line.reason !== undefined) assert.equal(reason, line.reason, `${name} ${line.id}`);
        counts.decisions += 1;
      }
      for (const line of await lines(folder, "effective")) {
        const at = line.now === undefined ? now : Date.parse(line.now);
        assert.deepEqual(authorizer.effective(principal(line), line.at, at).permissions, line.permissions, `${name} ${line.id}`);
        counts.effective += 1;
      }
      for (const line of await lines(folder, "projects")) {
        const found = authorizer.visibleProjects(line.key, now);
        const wanted = line.projects === "all" ? { all: true } : { projects: [...line.projects].sort() };
        assert.deepEqual(found, wanted, `${name} ${line.id}`);
        counts.projects += 1;
      }
    }
    assert.ok(counts.decisions > 100, JSON.stringify(counts));
  });
}
