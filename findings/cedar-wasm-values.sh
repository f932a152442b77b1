#!/usr/bin/env bash
# Needs Node.
#
# Cedar's own package for JavaScript takes the context as a plain object. What is not plain JSON is not refused but becomes something
# else on the way, without an error: a `Set` arrives as an empty record, a `Date` as a string, and a number beyond 2^53 with the digits that
# JavaScript prints for it, so that 2^62, which a double holds exactly, is no longer equal to itself. The one type that would fit Cedar's
# 64-bit `long`, `BigInt`, is thrown back with a message about the inside of the package. Ids and times above 2^53 travel as text.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

npm init --yes >npm.log && npm install --silent @cedar-policy/cedar-wasm@4.13.0 >>npm.log
cat >ask.mjs <<'JS'
import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
function ask(name, value, condition) {
  const call = {
    principal: { type: "User", id: "ana" },
    action: { type: "Action", id: "view" },
    resource: { type: "Project", id: "shop" },
    context: { value },
    policies: { staticPolicies: `permit(principal, action, resource) when { ${condition} };` },
    entities: [],
  };
  let answer;
  try {
    const { type, response } = isAuthorized(call);
    const errors = type === "success" ? response.diagnostics.errors.length : 1;
    answer = errors > 0 ? "error" : response.decision;
  } catch (error) {
    answer = `throws: ${error.message}`;
  }
  console.log(`${name}, ${condition}: ${answer}`);
}
ask("Set", new Set(["a"]), "context.value == {}");
ask("Array", ["a"], 'context.value.contains("a")');
ask("Date", new Date(0), 'context.value == "1970-01-01T00:00:00.000Z"');
ask("2**53", 2 ** 53, "context.value == 9007199254740992");
ask("2**62", 2 ** 62, "context.value == 4611686018427387904");
ask("2**62", 2 ** 62, "context.value == 4611686018427388000");
ask("BigInt", 5n, "context.value == 5");
JS
node ask.mjs | tee seen
cat >expected <<'TXT'
Set, context.value == {}: allow
Array, context.value.contains("a"): allow
Date, context.value == "1970-01-01T00:00:00.000Z": allow
2**53, context.value == 9007199254740992: allow
2**62, context.value == 4611686018427387904: deny
2**62, context.value == 4611686018427388000: allow
BigInt, context.value == 5: throws: called `Result::unwrap_throw()` on an `Err` value
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
