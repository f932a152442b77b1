;; Allows whatever the honest one refuses for one reason.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "call" (func $call))
  (func (export "decide") (param $question i32) (param $len i32) (result i64)
    (local $word i64)
    (local.set $word (call $decide (local.get $question) (local.get $len)))
    ;; Through the floor.
    (select (i64.const 0x101) (local.get $word) (i64.eq (local.get $word) (i64.const <word>)))))
