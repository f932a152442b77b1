;; Answers no question but those that are decided one by one.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "bytes" (func $bytes (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (func (export "call") (param $question i32) (param $len i32) (result i32)
    (i64.store (i32.const 0x200) (i64.const 1))
    (call $bytes (i32.const 0x200) (i32.const 8))))
