#!/usr/bin/env bash
# Needs Python 3, Node and Go.
#
# Casbin's matcher `globMatch(text, pattern)` reads as if it were one pattern language. Each library hands the pattern to what its language
# offers: Go to a glob with braces and `**`, Node to a glob that hides names with a leading dot, Python to one that has neither braces
# nor `**`. For the first two questions Python alone says no; for the third Node alone does; a plain `*` within one segment is the
# part that all three agree on.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >questions.json <<'JSON'
[["/keys/7/uses", "/keys/**"], ["/keys", "/{keys,roles}"], ["/.well-known", "/*"], ["/keys/7", "/keys/*"], ["/keys/7", "/*"]]
JSON
model='[request_definition]
r = text, pattern
[policy_definition]
p = any
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = globMatch(r.text, r.pattern)
'
printf '%s' "$model" >model.conf
printf 'p, any\n' >policy.csv

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check casbin==1.43.0
cat >ask.py <<'PY'
import json, casbin
enforcer = casbin.Enforcer("model.conf", "policy.csv")
print(" ".join(str(enforcer.enforce(*question)).lower() for question in json.load(open("questions.json"))))
PY
from_python=$(python/bin/python ask.py 2>errors || { cat errors >&2; exit 1; })

npm init --yes >npm.log && npm install --silent casbin@5.51.1 >>npm.log
cat >ask.mjs <<'JS'
import { readFileSync } from "node:fs";
import { newEnforcer } from "casbin";
const enforcer = await newEnforcer("model.conf", "policy.csv");
const answers = [];
for (const question of JSON.parse(readFileSync("questions.json"))) answers.push(await enforcer.enforce(...question));
console.log(answers.join(" "));
JS
from_node=$(node ask.mjs)

mkdir go && cat >go/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/casbin/casbin/v2"
)

func main() {
	var questions [][]string
	text, _ := os.ReadFile("../questions.json")
	if err := json.Unmarshal(text, &questions); err != nil {
		panic(err)
	}
	enforcer, err := casbin.NewEnforcer("../model.conf", "../policy.csv")
	if err != nil {
		panic(err)
	}
	for index, question := range questions {
		allowed, err := enforcer.Enforce(question[0], question[1])
		if err != nil {
			panic(err)
		}
		if index > 0 {
			fmt.Print(" ")
		}
		fmt.Print(allowed)
	}
	fmt.Println()
}
GO
(cd go && go mod init finding && go get github.com/casbin/casbin/v2@v2.135.0) >go.log 2>&1
from_go=$(cd go && GOFLAGS=-mod=mod go run .)

echo "questions  $(tr -d '\n' <questions.json)"
echo "Python     $from_python"
echo "Node       $from_node"
echo "Go         $from_go"
[ "$from_python" = "false false true true false" ] && [ "$from_node" = "true true false true false" ] && [ "$from_go" = "true true true true false" ] ||
  { echo "this is no longer what these versions do" >&2; exit 1; }
