;; Calls itself 20000 times, for which the usual stack is too small.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "call" (func $call))
  (func $again (param $times i64) (result i64)
    (if (i64.eqz (local.get $times)) (then (return (i64.const 0))))
    (i64.add (call $again (i64.sub (local.get $times) (i64.const 1))) (i64.const 1)))
  (func (export "decide") (param $question i32) (param $len i32) (result i64)
    (if (i64.eq (i64.load (local.get $question)) (i64.const 0xbad)) (then (drop (call $again (i64.const 20000)))))
    (call $decide (local.get $question) (local.get $len))))
