;; Describes itself with another version every time.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "decide" (func $decide))
  (func (export "call") (param $question i32) (param $len i32) (result i32)
    ;; The name of the policy is a length and eight bytes.
    (i32.store8 (i32.const 0x1010) (i32.add (i32.load8_u (i32.const 0x1010)) (i32.const 1)))
    (call $call (local.get $question) (local.get $len))))
