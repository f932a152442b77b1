;; Answers what would grant a permission with bytes that the test chooses, and everything else honestly.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (import "honest" "bytes" (func $bytes (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (data (i32.const 0x4000) "<answer>")
  (func (export "call") (param $question i32) (param $len i32) (result i32)
    (if (i32.and (i32.ge_u (local.get $len) (i32.const 8)) (i64.eq (i64.load (local.get $question)) (i64.const 10)))
      (then (return (call $bytes (i32.const 0x4000) (i32.const <answer-len>)))))
    (call $call (local.get $question) (local.get $len))))
