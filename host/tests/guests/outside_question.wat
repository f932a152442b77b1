;; Has a question written where no memory is, if it is longer than those about nothing much.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (export "call" (func $call))
  (import "honest" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (if (i32.gt_u (local.get $size) (i32.const 1000)) (then (return (i32.const 0x1ffff8))))
    (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get $size))))
