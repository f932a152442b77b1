// Answers questions with the policy component, from Node and without Rust.

import { readFileSync } from "node:fs";
// The component as a module. It keeps nothing between calls, so its one instance answers everything.
import { catalog, evaluation } from "./transpiled/langwatch.js";

// A number that no catalog has: what a name outside the catalog is asked as.
const UNKNOWN = 0xffff_ffff;

const numbers = new Map(catalog.describe().permissions.map(({ name }, number) => [name, number]));

function decide(facts, permission) {
  return evaluation.decide(facts, numbers.get(permission) ?? UNKNOWN);
}

// Makes of JSON what `jco` takes for the contract's types: fields in camel case, numbers of 64 bits as BigInt.
function lower(_, value) {
  if (typeof value === "string" && /^[0-9]+$/.test(value)) return BigInt(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const camelCase = (name) => name.replace(/-./g, (part) => part[1].toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [camelCase(name), field]));
}

const show = ({ allow, reason, binding }) => `${allow ? "allow" : "deny"} ${reason} ${binding ?? "-"}`;

let failed = 0;
const lines = readFileSync(new URL("../questions.jsonl", import.meta.url), "utf8").trimEnd().split("\n");
for (const line of lines) {
  const { id, permission, facts, expected } = JSON.parse(line, lower);
  const got = show(decide(facts, permission));
  if (got !== show(expected)) {
    failed += 1;
    console.log(`${id}: ${permission}: expected ${show(expected)}, got ${got}`);
  }
}
console.log(`${lines.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
