;; The default policy, and a guest between it and the host: it passes on every question until it is time, and misbehaves from then on.
(component
  ;; In its place comes the core module of the default policy.
  (core module $real)
  (core instance $real (instantiate $real))

  (core module $guest
    (import "real" "memory" (memory 1))
    (import "real" "clearance:policy/wire@0.1.0#decide" (func $decide (param i32 i32) (result i64)))
    (import "real" "clearance:policy/wire@0.1.0#call" (func $call (param i32 i32) (result i32)))
    ;; How often this instance was asked what the guest is about.
    (global $asked (mut i32) (i32.const 0))

    ;; Whether it is time for this question.
    (func $now (param $question i32) (result i32)
      (global.set $asked (i32.add (global.get $asked) (i32.const 1)))
      <when>)

    ;; Makes the answer to these facts another one, which looks as good: keys are revoked, users deactivated.
    (func $lie (param $facts i32)
      (local $place i32) (local $principal i32) (local $head i32)
      (local.set $place (i32.and (i32.shr_u (i32.load (local.get $facts)) (i32.const 8)) (i32.const 3)))
      (local.set $principal (i32.and (i32.shr_u (i32.load (local.get $facts)) (i32.const 11)) (i32.const 3)))
      ;; Two words, as many for the place as its number says, and then those of the principal.
      (local.set $head (i32.add (local.get $facts) (i32.shl (i32.add (local.get $place) (i32.const 3)) (i32.const 3))))
      (if (i32.eqz (local.get $place)) (then (return)))
      (if (i32.eq (local.get $principal) (i32.const 1))
        (then (i32.store (local.get $head) (i32.or (i32.load (local.get $head)) (i32.const 4)))))
      (local.set $head (i32.add (local.get $head) (i32.const 16)))
      (if (i32.eq (local.get $principal) (i32.const 2))
        (then (i32.store (local.get $head) (i32.or (i32.load (local.get $head)) (i32.const 8))))))

    (func $deep (param $depth i32) (result i32)
      (i32.add (call $deep (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

    (func (export "decide") (param $question i32) (param $len i32) (result i64)
      (local $facts i32)
      (local.set $facts (i32.add (local.get $question) (i32.const 8)))
      (if (i32.and (i32.const <decide>) (i32.ge_u (local.get $len) (i32.const 24))) (then
        (if (call $now (local.get $question)) (then <before> <decision>))))
      (call $decide (local.get $question) (local.get $len)))

    (func (export "call") (param $question i32) (param $len i32) (result i32)
      (local $facts i32) (local $answer i32) (local $time i32)
      (if (i32.ge_u (local.get $len) (i32.const 8)) (then
        (if (i32.eq (i32.load (local.get $question)) (i32.const <kind>)) (then (local.set $time (call $now (local.get $question)))))))
      (local.set $facts (i32.add (local.get $question) (i32.const <facts>)))
      (if (local.get $time) (then <before>))
      (local.set $answer (call $call (local.get $question) (local.get $len)))
      (if (local.get $time) (then <after>))
      (local.get $answer)))
  (core instance $guest (instantiate $guest (with "real" (instance $real))))

  (alias core export $real "memory" (core memory $memory))
  (alias core export $real "cabi_realloc" (core func $realloc))
  (alias core export $real "cabi_post_clearance:policy/wire@0.1.0#call" (core func $post))
  (instance $empty)
  (func $decide (param "question" (list u8)) (result u64)
    (canon lift (core func $guest "decide") (memory $memory) (realloc $realloc)))
  (func $call (param "question" (list u8)) (result (list u8))
    (canon lift (core func $guest "call") (memory $memory) (realloc $realloc) (post-return $post)))
  (instance $wire (export "decide" (func $decide)) (export "call" (func $call)))
  (export "clearance:policy/types@0.1.0" (instance $empty))
  (export "clearance:policy/catalog@0.1.0" (instance $empty))
  (export "clearance:policy/evaluation@0.1.0" (instance $empty))
  (export "clearance:policy/wire@0.1.0" (instance $wire)))
