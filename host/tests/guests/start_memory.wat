;; Wants a gigabyte to begin with.
(core module $guest
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (export "call" (func $call))
  (memory 0x4000))
