;; Computes for as long as the number of the permission says.
(core module $guest
  (import "honest" "memory" (memory 1))
  (import "honest" "decide" (func $decide (param i32 i32) (result i64)))
  (import "honest" "call" (func $call (param i32 i32) (result i32)))
  (export "call" (func $call))
  (func (export "decide") (param $question i32) (param $len i32) (result i64)
    (local $left i64)
    (local.set $left (i64.load (local.get $question)))
    ;; Whoever loads it asks about the highest number that there is.
    (if (i64.lt_u (local.get $left) (i64.const 0x80000000)) (then
      (loop $on
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (br_if $on (i64.gt_s (local.get $left) (i64.const 0))))))
    (call $decide (local.get $question) (local.get $len))))
