#!/usr/bin/env bash
# Needs Go.
#
# `WithCloseOnContextDone` of wazero is there to end functions whose context ends. The code that it adds looks at the heads of loops alone.
# A loop is ended at once; a function that calls itself without a loop computes on to its end, long after the deadline, and only then
# is its result replaced by an error. Who relies on a deadline adds an empty loop to the functions, or has another way to end them.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
)

// fibonacci calls itself; count counts from its parameter down to 0, in a loop.
var module = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x06\x01\x60\x01\x7e\x01\x7e" + // type: i64 -> i64
	"\x03\x03\x02\x00\x00" +
	"\x07\x15\x02\x09fibonacci\x00\x00\x05count\x00\x01" +
	"\x0a\x32\x02" +
	"\x1c\x00\x20\x00\x42\x02\x53\x04\x7e" + // if local 0 < 2
	"\x20\x00\x05" + // then local 0, else the sum
	"\x20\x00\x42\x01\x7d\x10\x00" + // of local 0 - 1
	"\x20\x00\x42\x02\x7d\x10\x00\x7c" + // and local 0 - 2
	"\x0b\x0b" +
	"\x13\x00\x03\x40" + // loop
	"\x20\x00\x42\x01\x7d\x22\x00" + // local 0 := local 0 - 1
	"\x42\x00\x52\x0d\x00\x0b" + // again unless it is 0
	"\x20\x00\x0b")

func main() {
	background := context.Background()
	for _, c := range []struct {
		function  string
		parameter uint64
	}{{"count", 30_000_000}, {"fibonacci", 40}} {
		call := func(ctx context.Context) (time.Duration, error) {
			runtime := wazero.NewRuntimeWithConfig(background, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true))
			defer runtime.Close(background)
			instance, err := runtime.Instantiate(background, module)
			if err != nil {
				panic(err)
			}
			began := time.Now()
			_, err = instance.ExportedFunction(c.function).Call(ctx, c.parameter)
			return time.Since(began), err
		}
		whole, err := call(background)
		if err != nil {
			panic(err)
		}
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		took, err := call(ctx)
		cancel()
		verdict := "is ended early"
		if took > whole/2 {
			verdict = "computes to its end"
		}
		fmt.Printf("%s with a deadline %s, and answers: %v\n", c.function, verdict, err)
	}
}
GO
go mod init example.invalid/finding 2>go.log && go get github.com/tetratelabs/wazero@v1.12.0 2>>go.log || { cat go.log >&2; exit 1; }
go run . | tee seen
cat >expected <<'TXT'
count with a deadline is ended early, and answers: module closed with context deadline exceeded
fibonacci with a deadline computes to its end, and answers: module closed with context deadline exceeded
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
