#!/usr/bin/env bash
# Needs Python 3 and Go.
#
# Cedar has two implementations by its own team, and a text that is a policy to one need not be one to the other. The Rust parser refuses more
# than four `!` or `-` in a row, as generated policies can hold, and `decimal("+1.0")` is an evaluation error there; the Go
# implementation takes both. A policy set that is checked with one of them is not thereby checked for the other.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >conditions.json <<'JSON'
["decimal(\"1.0\") == decimal(\"1.0000\")", "decimal(\"+1.0\") == decimal(\"1.0\")", "!!!!true", "!!!!!!true", "----1 == 1", "------1 == 1"]
JSON

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check cedarpy==4.12.2
cat >ask.py <<'PY'
import json, cedarpy
request = {"principal": 'User::"ana"', "action": 'Action::"view"', "resource": 'Project::"shop"', "context": {}}
answers = []
for condition in json.load(open("conditions.json")):
    answer = cedarpy.is_authorized(request, f"permit(principal, action, resource) when {{ {condition} }};", [])
    answers.append("error" if answer.diagnostics.errors else "allow" if answer.allowed else "deny")
print(" ".join(answers))
PY
from_rust=$(python/bin/python ask.py)

mkdir go && cat >go/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/cedar-policy/cedar-go"
)

func main() {
	var conditions []string
	text, _ := os.ReadFile("../conditions.json")
	if err := json.Unmarshal(text, &conditions); err != nil {
		panic(err)
	}
	for index, condition := range conditions {
		policy := `permit(principal, action, resource) when { ` + condition + ` };`
		policies, err := cedar.NewPolicySetFromBytes("policy", []byte(policy))
		if err != nil {
			panic(err)
		}
		request := cedar.Request{
			Principal: cedar.NewEntityUID("User", "ana"),
			Action:    cedar.NewEntityUID("Action", "view"),
			Resource:  cedar.NewEntityUID("Project", "shop"),
			Context:   cedar.NewRecord(cedar.RecordMap{}),
		}
		decision, diagnostic := cedar.Authorize(policies, cedar.EntityMap{}, request)
		answer := decision.String()
		if len(diagnostic.Errors) > 0 {
			answer = "error"
		}
		if index > 0 {
			fmt.Print(" ")
		}
		fmt.Print(answer)
	}
	fmt.Println()
}
GO
(cd go && go mod init finding && go get github.com/cedar-policy/cedar-go@v1.9.1) >go.log 2>&1
from_go=$(cd go && GOFLAGS=-mod=mod go run .)

echo "conditions       $(cat conditions.json)"
echo "Rust (cedarpy)   $from_rust"
echo "Go (cedar-go)    $from_go"
[ "$from_rust" = "allow error allow error allow error" ] && [ "$from_go" = "allow allow allow allow allow allow" ] ||
  { echo "this is no longer what these versions do" >&2; exit 1; }
