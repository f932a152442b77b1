#!/usr/bin/env bash
# Needs Python 3 and Node.
#
# One component, two hosts: jco and wasmtime do not lift the same results from the same bytes. Where a module leaves more in an integer than
# the type holds (2 for a `bool`, 300 for a `u8`, a flag too many), the canonical ABI and wasmtime take what fits, and jco throws. With text it
# is the other way round: bytes that are no UTF-8 are an error in wasmtime, and jco puts U+FFFD in their place. And text that is right
# changes on the way through jco: a U+FEFF at its start is gone. A component that passes its tests in one host is not thereby right in
# the other, and a hash of a text that went through jco is taken in the guest.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

cat >core.wat <<'WAT'
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\40\00\00\00\05\00\00\00")
  (data (i32.const 8) "\50\00\00\00\05\00\00\00")
  (data (i32.const 64) "\ef\bb\bfid")
  (data (i32.const 80) "ab\ffcd")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "test:results/results#bool-as-one") (result i32) i32.const 1)
  (func (export "test:results/results#bool-as-two") (result i32) i32.const 2)
  (func (export "test:results/results#byte-as-300") (result i32) i32.const 300)
  (func (export "test:results/results#flags-as-seven") (result i32) i32.const 7)
  (func (export "test:results/results#text-with-mark") (result i32) i32.const 0)
  (func (export "test:results/results#text-not-utf8") (result i32) i32.const 8))
WAT
npm init --yes >npm.log && npm install --silent @bytecodealliance/jco@1.35.0 >>npm.log
cat >ask.mjs <<'JS'
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { componentEmbed, componentNew, parse, transpile } from "@bytecodealliance/jco";

const witSource = `
package test:results;
interface results {
  flags levels { read, write }
  bool-as-one: func() -> bool;
  bool-as-two: func() -> bool;
  byte-as-300: func() -> u8;
  flags-as-seven: func() -> levels;
  text-with-mark: func() -> string;
  text-not-utf8: func() -> string;
}
world giving { export results; }
`;
const core = await parse(readFileSync("core.wat", "utf8"));
const embedded = await componentEmbed({ binary: core, witSource, worldName: "giving" });
const component = await componentNew(embedded.component ?? embedded, []);
writeFileSync("results.wasm", component);
const { files } = await transpile(component, { name: "results" });
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(`made/${name}`), { recursive: true });
  writeFileSync(`made/${name}`, content);
}
writeFileSync("made/package.json", '{"type":"module"}');
const { results } = await import("./made/results.js");
const ascii = (text) => text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
for (const name of ["boolAsOne", "boolAsTwo", "byteAs300", "flagsAsSeven", "textWithMark", "textNotUtf8"]) {
  let answer;
  try {
    answer = ascii(JSON.stringify(results[name]()));
  } catch (error) {
    answer = `${error.name}: ${error.message}`;
  }
  console.log(`jco       ${name}: ${answer}`);
}
JS
node ask.mjs | tee seen

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1
cat >ask.py <<'PY'
import json
from wasmtime import Engine, Store, WasmtimeError
from wasmtime.component import Component, Linker

engine = Engine()
component = Component.from_file(engine, "results.wasm")
for name in ["bool-as-one", "bool-as-two", "byte-as-300", "flags-as-seven", "text-with-mark", "text-not-utf8"]:
    store = Store(engine)
    instance = Linker(engine).instantiate(store, component)
    interface = instance.get_export_index(store, "test:results/results")
    function = instance.get_func(store, instance.get_export_index(store, name, interface))
    try:
        answer = function(store)
        answer = json.dumps(sorted(answer) if isinstance(answer, set) else answer)
    except WasmtimeError as error:
        answer = f"WasmtimeError: {error}"
    print(f"wasmtime  {name}: {answer}")
PY
python/bin/python ask.py | tee -a seen
cat >expected <<'TXT'
jco       boolAsOne: true
jco       boolAsTwo: TypeError: invalid variant discriminant for bool
jco       byteAs300: TypeError: must be between 0 and 255
jco       flagsAsSeven: TypeError: flags have extraneous bits set
jco       textWithMark: "id"
jco       textNotUtf8: "ab\ufffdcd"
wasmtime  bool-as-one: true
wasmtime  bool-as-two: true
wasmtime  byte-as-300: 44
wasmtime  flags-as-seven: ["read", "write"]
wasmtime  text-with-mark: "\ufeffid"
wasmtime  text-not-utf8: WasmtimeError: invalid utf-8 sequence of 1 bytes from index 2
TXT
diff expected seen >&2 || { echo "this is no longer what these versions do" >&2; exit 1; }
