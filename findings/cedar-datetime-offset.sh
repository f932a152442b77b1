#!/usr/bin/env bash
# Needs Python 3 and Go.
#
# Cedar's extension function `datetime` reads ISO 8601 in one narrow form: an offset is `+0100` without a colon, and a fraction has three
# digits. What RFC 3339 asks for, and what most programs write (`+01:00`, `.5Z`), is an evaluation error in the Rust implementation
# and in the Go one; a policy that errors is passed over, so its permission is silently not given. Expiry times that come from JSON
# have to be rewritten, or handed over as milliseconds and compared as `long`.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >times.json <<'JSON'
["2026-11-28", "2026-11-28T00:00:00Z", "2026-11-28T00:00:00+0100", "2026-11-28T00:00:00+01:00", "2026-11-28T00:00:00.500Z", "2026-11-28T00:00:00.5Z"]
JSON

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check cedarpy==4.12.2
cat >ask.py <<'PY'
import json, cedarpy
request = {"principal": 'User::"ana"', "action": 'Action::"view"', "resource": 'Project::"shop"', "context": {}}
answers = []
for time in json.load(open("times.json")):
    policy = f'permit(principal, action, resource) when {{ datetime("{time}") > datetime("2026-01-01") }};'
    answer = cedarpy.is_authorized(request, policy, [])
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
	var times []string
	text, _ := os.ReadFile("../times.json")
	if err := json.Unmarshal(text, &times); err != nil {
		panic(err)
	}
	for index, time := range times {
		policy := `permit(principal, action, resource) when { datetime("` + time + `") > datetime("2026-01-01") };`
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

echo "times            $(cat times.json)"
echo "Rust (cedarpy)   $from_rust"
echo "Go (cedar-go)    $from_go"
expected="allow allow allow error allow error"
[ "$from_rust" = "$expected" ] && [ "$from_go" = "$expected" ] || { echo "this is no longer what these versions do" >&2; exit 1; }
