#!/usr/bin/env bash
# Needs Python 3, Node and Go.
#
# Casbin keeps one model and one policy for every language. Its matcher `regexMatch(text, pattern)` is not one function, though: the Python
# library matches at the start of the text, the Go and Node libraries match anywhere in it. The same policy line therefore answers
# differently for a path that holds the pattern further inside. Nobody of the three anchors the end. A policy that is meant for several
# languages writes `^` and `$` itself.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >questions.json <<'JSON'
[["/v1/keys", "/v1/keys"], ["/v1/keys/7", "/v1/keys"], ["/internal/v1/keys", "/v1/keys"], ["/internal/v1/keys", "^/v1/keys"]]
JSON
model='[request_definition]
r = text, pattern
[policy_definition]
p = any
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = regexMatch(r.text, r.pattern)
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
[ "$from_python" = "true true false false" ] && [ "$from_node" = "true true true false" ] && [ "$from_go" = "true true true false" ] ||
  { echo "this is no longer what these versions do" >&2; exit 1; }
