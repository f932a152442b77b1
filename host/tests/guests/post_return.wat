;; Gives up after it has answered.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (import "honest" "bytes" (func $bytes (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (global $marked (mut i32) (i32.const 0))
  (func (export "post-return") (param i32)
    (if (global.get $marked) (then unreachable)))
  (func (export "call") (param $question i32) (param $len i32) (result i32)
    (if (i64.eq (i64.load offset=16 (local.get $question)) (i64.const 0xbad))
      (then (return (block (result i32) (global.set $marked (i32.const 1)) (call $bytes (i32.const 0x200) (i32.const 8))))))
    (call $call (local.get $question) (local.get $len))))
