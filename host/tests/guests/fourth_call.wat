;; Gives up at every fourth question that an instance is asked.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "call" (func $call))
  (global $asked (mut i32) (i32.const 0))
  (func (export "decide") (param $question i32) (param $len i32) (result i64)
    (if (i64.eq (i64.load (local.get $question)) (i64.const 0xbad))
      (then (global.set $asked (i32.add (global.get $asked) (i32.const 1)))))
    (if (i32.eq (global.get $asked) (i32.const 4)) (then unreachable))
    (call $decide (local.get $question) (local.get $len))))
