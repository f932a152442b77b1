#!/usr/bin/env bash
# Needs Go.
#
# Goroutines are preempted wherever they are, but not in WebAssembly that wazero has compiled: its code is not Go's, so the scheduler waits
# until the call returns or calls a function of Go. A garbage collection that begins meanwhile waits too, and with it every goroutine,
# since it has asked all of them to stop. One call that computes for a second can so stop a whole server for a second. With
# `WithCloseOnContextDone` the code goes back to Go at the head of each loop, and nothing waits; that costs a loop many times its time.
set -euo pipefail
folder=$(mktemp -d) && trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT && cd "$folder"

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero"
)

// count counts from its parameter down to 0, in a loop.
var module = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x06\x01\x60\x01\x7e\x01\x7e" + // type: i64 -> i64
	"\x03\x02\x01\x00" +
	"\x07\x09\x01\x05count\x00\x00" +
	"\x0a\x15\x01\x13\x00" +
	"\x03\x40" + // loop
	"\x20\x00\x42\x01\x7d\x22\x00" + // local 0 := local 0 - 1
	"\x42\x00\x52\x0d\x00\x0b" + // again unless it is 0
	"\x20\x00\x0b")

func main() {
	for _, looks := range []bool{false, true} {
		// This many rounds take a second or so on a machine of today.
		rounds := uint64(2_000_000_000)
		if looks {
			rounds = 30_000_000
		}
		ctx := context.Background()
		runtimeOf := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(looks))
		instance, err := runtimeOf.Instantiate(ctx, module)
		if err != nil {
			panic(err)
		}
		count := instance.ExportedFunction("count")
		took := make(chan time.Duration)
		go func() {
			began := time.Now()
			if _, err := count.Call(ctx, rounds); err != nil {
				panic(err)
			}
			took <- time.Since(began)
		}()
		time.Sleep(20 * time.Millisecond)
		began := time.Now()
		runtime.GC()
		collected := time.Since(began)
		verdict := "does not wait for the call"
		if collected > <-took/2 {
			verdict = "waits for the call"
		}
		fmt.Printf("WithCloseOnContextDone(%t): a garbage collection %s\n", looks, verdict)
	}
}
GO
go mod init example.invalid/finding 2>go.log && go get github.com/tetratelabs/wazero@v1.12.0 2>>go.log || { cat go.log >&2; exit 1; }
go run . | tee seen
cat >expected <<'TXT'
WithCloseOnContextDone(false): a garbage collection waits for the call
WithCloseOnContextDone(true): a garbage collection does not wait for the call
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
