#!/usr/bin/env bash
# Needs Node and Go.
#
# A Rego policy that is compiled to WebAssembly looks as if it carried its whole meaning with it. It does not: some built-in functions are left
# as imports, and the package that runs the module for JavaScript fills them in with other libraries. So `sprintf` writes a list, a set and an
# object as JavaScript would, not as Rego does, and throws at `null`; `regex.split` gives back the separators too where the pattern has a
# group; `yaml.unmarshal` reads `0777` as another number, keeps `<<` as a plain key, and has no value where a key is written twice. The
# other way round, `%t` with `true` is an error text in OPA itself and right in the module. A policy that matches or compares such
# texts answers differently in the two, so both need the tests.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >policy.rego <<'REGO'
package seen

answers := [
	sprintf("%s has %d keys", ["ana", 7]),
	sprintf("%v", [["read", "write"]]),
	sprintf("%v", [{"read"}]),
	sprintf("%v", [{"id": 7}]),
	sprintf("%d", [12345678901234567890]),
	sprintf("%t", [true]),
	regex.split(`[,;] ?`, "read, write;own"),
	regex.split(`(,|;) ?`, "read, write;own"),
	yaml.unmarshal("mode: 0777"),
	yaml.unmarshal("base: &base {read: true}\nana:\n  <<: *base\n  write: true").ana,
]

null_as_text := sprintf("%v", [null])

key_twice := yaml.unmarshal("read: true\nread: false")
REGO

mkdir go && cat >go/main.go <<'GO'
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/rego"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func show(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(value))
	return string(bytes.TrimSpace(text.Bytes()))
}

func main() {
	rules := []string{"answers", "null_as_text", "key_twice"}
	compiler := compile.New().WithTarget(compile.TargetWasm).WithPaths("policy.rego").WithEntrypoints("seen/answers", "seen/null_as_text", "seen/key_twice")
	must(compiler.Build(context.Background()))
	must(os.WriteFile("policy.wasm", compiler.Bundle().WasmModules[0].Raw, 0o644))

	for _, rule := range rules {
		results, err := rego.New(rego.Query("data.seen."+rule), rego.Load([]string{"policy.rego"}, nil)).Eval(context.Background())
		must(err)
		if list, ok := results[0].Expressions[0].Value.([]any); ok {
			for _, value := range list {
				fmt.Println(show(value))
			}
		} else {
			fmt.Println(rule, show(results[0].Expressions[0].Value))
		}
	}
}
GO
(cd go && go mod init finding && go get github.com/open-policy-agent/opa@v1.22.4 && GOFLAGS=-mod=mod go build -o ask .) >go.log 2>&1 || { cat go.log >&2; exit 1; }
go/ask >from-opa

npm init --yes >npm.log && npm install --silent @open-policy-agent/opa-wasm@1.10.0 >>npm.log
cat >ask.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { loadPolicy } = require("@open-policy-agent/opa-wasm");
const bySortedKeys = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
const show = (value) => JSON.stringify(value, bySortedKeys);
(async () => {
  for (const rule of ["answers", "null_as_text", "key_twice"]) {
    const policy = await loadPolicy(readFileSync("policy.wasm"));
    try {
      const [found] = policy.evaluate({}, `seen/${rule}`);
      if (rule === "answers") for (const value of found.result) console.log(show(value));
      else console.log(rule, found ? show(found.result) : "undefined");
    } catch (error) {
      console.log(rule, error.name);
    }
  }
})();
JS
node ask.cjs >from-wasm

echo "OPA:" && cat from-opa && echo "the same policy as WebAssembly:" && cat from-wasm
cat >expected-opa <<'TXT'
"ana has 7 keys"
"[\"read\", \"write\"]"
"{\"read\"}"
"{\"id\": 7}"
"12345678901234567890"
"%!t(string=true)"
["read","write","own"]
["read","write","own"]
{"mode":511}
{"read":true,"write":true}
null_as_text "null"
key_twice {"read":false}
TXT
cat >expected-wasm <<'TXT'
"ana has 7 keys"
"read,write"
"read"
"[object Object]"
"12345678901234567000"
"true"
["read","write","own"]
["read",",","write",";","own"]
{"mode":777}
{"<<":{"read":true},"write":true}
null_as_text TypeError
key_twice undefined
TXT
diff expected-opa from-opa >&2 && diff expected-wasm from-wasm >&2 || { echo "this is no longer what these versions do" >&2; exit 1; }
