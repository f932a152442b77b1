;; Answers with bytes that are not there.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (import "honest" "bytes" (func $bytes (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (func (export "call") (param $question i32) (param $len i32) (result i32)
    (if (i64.eq (i64.load offset=16 (local.get $question)) (i64.const 0xbad))
      (then (return (call $bytes (i32.const 0x1ffff) (i32.const 0x100)))))
    (call $call (local.get $question) (local.get $len))))
