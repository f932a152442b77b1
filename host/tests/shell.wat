;; A component around a guest: what the contract demands, and an honest policy that the guest falls back on.
;;
;; The guest takes the place of the line that says so. It is a core module `$guest` that exports `decide` and `call`, may import
;; the honest ones and their memory from "honest", and may have a `realloc` and a `post-return` of its own.
(component
  ;; Denies whatever is known with `lacks`.
  (core module $honest
    (memory (export "memory") 2)
    ;; 0x100: the pointer and the length of an answer. 0x200: an answer of words.
    (data (i32.const 0x1000) "<description>")
    ;; Questions are written to the second page.
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $pages i32)
      (local.set $pages
        (i32.sub (i32.shr_u (i32.add (local.get $size) (i32.const 0x1ffff)) (i32.const 16)) (memory.size)))
      (if (i32.gt_s (local.get $pages) (i32.const 0)) (then (drop (memory.grow (local.get $pages)))))
      (i32.const 0x10000))

    ;; The decision about a permission, as its word, for facts whose first word is at $facts.
    (func $decision (param $permission i64) (param $facts i32) (result i64)
      (if (i64.ge_u (local.get $permission) (i64.const <count>)) (then (return (i64.const 0x400))))
      (if (i64.eqz (i64.and (i64.load (local.get $facts)) (i64.const 0x300))) (then (return (i64.const 0x500))))
      (if (i64.eqz (i64.and (i64.load (local.get $facts)) (i64.const 0x1800))) (then (return (i64.const 0x600))))
      (i64.const 0xa00))

    (func (export "decide") (param $question i32) (param $len i32) (result i64)
      (if (i32.or (i32.lt_u (local.get $len) (i32.const 24)) (i32.and (local.get $len) (i32.const 7)))
        (then (return (i64.const 0x1100))))
      (call $decision (i64.load (local.get $question)) (i32.add (local.get $question) (i32.const 8))))

    ;; Answers with so many words at 0x200, or elsewhere.
    (func $words (param $count i32) (result i32)
      (call $bytes (i32.const 0x200) (i32.shl (local.get $count) (i32.const 3))))
    (func $bytes (export "bytes") (param $pointer i32) (param $len i32) (result i32)
      (i32.store (i32.const 0x100) (local.get $pointer))
      (i32.store (i32.const 0x104) (local.get $len))
      (i32.const 0x100))

    (func (export "call") (param $question i32) (param $len i32) (result i32)
      (local $kind i64)
      (local $at i32)
      (memory.fill (i32.const 0x200) (i32.const 0) (i32.const 0x200))
      (if (i32.ge_u (local.get $len) (i32.const 8)) (then (local.set $kind (i64.load (local.get $question)))))
      ;; describe
      (if (i64.eq (local.get $kind) (i64.const 1))
        (then (return (call $bytes (i32.const 0x1000) (i32.const <description-len>)))))
      ;; effective: no permissions, always, one outcome
      (if (i64.eq (local.get $kind) (i64.const 5)) (then
        (i64.store (i32.const 0x230) (i64.const -1))
        (i64.store (i32.const 0x238) (i64.const 1))
        (i64.store (i32.const 0x240) (call $decision (i64.const 0) (i32.add (local.get $question) (i32.const 8))))
        (i64.store (i32.const 0x248) (i64.const <w0>))
        (i64.store (i32.const 0x250) (i64.const <w1>))
        (i64.store (i32.const 0x258) (i64.const <w2>))
        (i64.store (i32.const 0x260) (i64.const <w3>))
        (return (call $words (i32.const 13)))))
      ;; explain: the decision, always, a leg without steps, no owner
      (if (i64.eq (local.get $kind) (i64.const 6)) (then
        (i64.store (i32.const 0x208)
          (call $decision (i64.load offset=8 (local.get $question)) (i32.add (local.get $question) (i32.const 16))))
        (i64.store (i32.const 0x218) (i64.const -1))
        (i64.store (i32.const 0x220) (i64.load (i32.const 0x208)))
        (return (call $words (i32.const 7)))))
      ;; decide-many: `lacks` to each of 16 questions at the most
      (if (i64.eq (local.get $kind) (i64.const 7)) (then
        (i64.store (i32.const 0x208) (i64.load offset=16 (local.get $question)))
        (local.set $at (i32.const 0x210))
        (loop $next
          (i64.store (local.get $at) (i64.const 0xa00))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $next (i32.lt_u (local.get $at) (i32.const 0x290))))
        (return (call $words (i32.add (i32.wrap_i64 (i64.load (i32.const 0x208))) (i32.const 2))))))
      (i64.store (i32.const 0x200) (i64.const 1))
      (call $words (i32.const 1))))
  (core instance $honest (instantiate $honest))

  <guest>
  (core instance $guest (instantiate $guest (with "honest" (instance $honest))))

  (alias core export $honest "memory" (core memory $memory))
  (alias core export $<realloc> "realloc" (core func $realloc))
  (instance $empty)
  (func $decide (param "question" (list u8)) (result u64)
    (canon lift (core func $guest "decide") (memory $memory) (realloc $realloc)))
  (func $call (param "question" (list u8)) (result (list u8))
    (canon lift (core func $guest "call") (memory $memory) (realloc $realloc) <post-return>))
  (instance $wire (export "decide" (func $decide)) (export "call" (func $call)))
  (export "clearance:policy/types@0.1.0" (instance $empty))
  (export "clearance:policy/catalog@0.1.0" (instance $empty))
  (export "clearance:policy/evaluation@0.1.0" (instance $empty))
  (export "clearance:policy/wire@0.1.0" (instance $wire))
  <exports>
)
