#!/usr/bin/env bash
# Needs Node.
#
# jco makes a component callable from JavaScript, with plain objects for records. A field that is missing or misspelt is not refused: a `bool`
# becomes `false`, an `option` becomes "none", a flag that is not found is off, and so is every flag where an array of names is given
# in place of an object. The fields that a WIT file writes with hyphens are in camel case, so an object that repeats the WIT names or
# comes from JSON with underscores loses exactly those. A missing number and an unknown name of an enum do raise `TypeError`, so the
# objects look checked. A caller checks them first, or has the type declarations that jco writes checked by a compiler.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

npm init --yes >npm.log && npm install --silent @bytecodealliance/jco@1.35.0 >>npm.log
cat >core.wat <<'WAT'
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "test:echo/echo#grants") (param i32) (result i32) local.get 0)
  (func (export "test:echo/echo#key") (param i32 i32 i64 i64) (result i32)
    (i32.store8 (i32.const 0) (local.get 0))
    (i32.store8 (i32.const 8) (local.get 1))
    (i64.store (i32.const 16) (local.get 2))
    (i64.store (i32.const 24) (local.get 3))
    i32.const 0))
WAT
cat >ask.mjs <<'JS'
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { componentEmbed, componentNew, parse, transpile } from "@bytecodealliance/jco";

const witSource = `
package test:echo;
interface echo {
  record key-facts { revoked: bool, expires-at: option<u64>, now: u64 }
  flags levels { read, write-all }
  key: func(key: key-facts) -> key-facts;
  grants: func(levels: levels) -> levels;
}
world echoing { export echo; }
`;
const core = await parse(readFileSync("core.wat", "utf8"));
const embedded = await componentEmbed({ binary: core, witSource, worldName: "echoing" });
const { files } = await transpile(await componentNew(embedded.component ?? embedded, []), { name: "echo" });
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(`made/${name}`), { recursive: true });
  writeFileSync(`made/${name}`, content);
}
writeFileSync("made/package.json", '{"type":"module"}');
const { echo } = await import("./made/echo.js");

const text = (value) => JSON.stringify(value, (_, part) => (part === undefined ? "none" : typeof part === "bigint" ? Number(part) : part));
function ask(call, value) {
  let answer;
  try {
    answer = text(call(value));
  } catch (error) {
    answer = `${error.name}: ${error.message}`;
  }
  console.log(`${text(value)} -> ${answer}`);
}
ask(echo.key, { revoked: true, expiresAt: 5n, now: 9n });
ask(echo.key, { isRevoked: true, expiresAt: 5n, now: 9n });
ask(echo.key, { revoked: true, "expires-at": 5n, now: 9n });
ask(echo.key, { revoked: true, expiresAt: 5n });
ask(echo.grants, { read: true, writeAll: true });
ask(echo.grants, { read: true, "write-all": true });
ask(echo.grants, ["read", "writeAll"]);
JS
node ask.mjs | tee seen
cat >expected <<'TXT'
{"revoked":true,"expiresAt":5,"now":9} -> {"revoked":true,"expiresAt":5,"now":9}
{"isRevoked":true,"expiresAt":5,"now":9} -> {"revoked":false,"expiresAt":5,"now":9}
{"revoked":true,"expires-at":5,"now":9} -> {"revoked":true,"expiresAt":"none","now":9}
{"revoked":true,"expiresAt":5} -> TypeError: Cannot convert undefined to a BigInt
{"read":true,"writeAll":true} -> {"read":true,"writeAll":true}
{"read":true,"write-all":true} -> {"read":true,"writeAll":false}
["read","writeAll"] -> {"read":false,"writeAll":false}
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
