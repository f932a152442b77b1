#!/usr/bin/env bash
# Needs Go.
#
# In a SpiceDB schema `+` binds tighter than `&` and `-`, so `editor - blocked + owner` takes the owners away with the blocked. The maker's
# manual warns of that and advises parentheses. The generator in the maker's own module, which writes a compiled schema as text, undoes
# the advice: it leaves out the parentheses that a writer put around a `+`, where a reader needs them most, and puts some around an `&`
# where nobody wrote any. The meaning stays, but the text that comes back reads as its opposite. A name of its own for the inner part, as a
# second permission, outlives the generator.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

mkdir go && cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"strings"

	core "github.com/authzed/spicedb/pkg/proto/core/v1"
	"github.com/authzed/spicedb/pkg/schemadsl/compiler"
	"github.com/authzed/spicedb/pkg/schemadsl/generator"
	"github.com/authzed/spicedb/pkg/schemadsl/input"
)

func meaning(rewrite *core.UsersetRewrite) string {
	name, operation := "without", rewrite.GetExclusion()
	if rewrite.GetUnion() != nil {
		name, operation = "union", rewrite.GetUnion()
	} else if rewrite.GetIntersection() != nil {
		name, operation = "both", rewrite.GetIntersection()
	}
	var parts []string
	for _, child := range operation.Child {
		if inner := child.GetUsersetRewrite(); inner != nil {
			parts = append(parts, meaning(inner))
		} else {
			parts = append(parts, child.GetComputedUserset().Relation)
		}
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

func main() {
	for _, expression := range []string{
		"(editor - blocked) + owner",
		"editor - blocked + owner",
		"editor - (blocked + owner)",
		"owner + editor & member",
		"(owner + editor) & member",
		"editor - blocked & member",
	} {
		schema := "definition user {}\ndefinition project {\n"
		for _, relation := range []string{"blocked", "editor", "member", "owner"} {
			schema += "relation " + relation + ": user\n"
		}
		schema += "permission view = " + expression + "\n}"
		compiled, err := compiler.Compile(compiler.InputSchema{Source: input.Source("schema"), SchemaString: schema}, compiler.AllowUnprefixedObjectType())
		if err != nil {
			panic(err)
		}
		written, _, err := generator.GenerateSchema(context.Background(), compiled.OrderedDefinitions)
		if err != nil {
			panic(err)
		}
		_, written, _ = strings.Cut(written, "permission view = ")
		written, _, _ = strings.Cut(written, "\n")
		for _, relation := range compiled.ObjectDefinitions[1].Relation {
			if relation.Name == "view" {
				fmt.Printf("%s  is  %s  is written  %s\n", expression, meaning(relation.UsersetRewrite), written)
			}
		}
	}
}
GO
(cd go && go mod init finding && go get github.com/authzed/spicedb@v1.56.2) >go.log 2>&1 || { cat go.log >&2; exit 1; }
(cd go && GOFLAGS=-mod=mod go run .) 2>>go.log | tee seen
cat >expected <<'TXT'
(editor - blocked) + owner  is  union(without(editor, blocked), owner)  is written  (editor - blocked) + owner
editor - blocked + owner  is  without(editor, union(blocked, owner))  is written  editor - blocked + owner
editor - (blocked + owner)  is  without(editor, union(blocked, owner))  is written  editor - blocked + owner
owner + editor & member  is  both(union(owner, editor), member)  is written  owner + editor & member
(owner + editor) & member  is  both(union(owner, editor), member)  is written  owner + editor & member
editor - blocked & member  is  without(editor, both(blocked, member))  is written  editor - (blocked & member)
TXT
diff expected seen >&2 || { cat go.log >&2; echo "this is no longer what this version does" >&2; exit 1; }
