;; Takes all the memory that there is.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "call" (func $call))
  (func (export "decide") (param $question i32) (param $len i32) (result i64)
    (if (i64.eq (i64.load (local.get $question)) (i64.const 0xbad)) (then (loop (drop (memory.grow (i32.const 16))) (br 0))))
    (call $decide (local.get $question) (local.get $len))))
