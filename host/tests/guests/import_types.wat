;; Wants nothing but types: what a component that forgot to export them does.
(component
  (import "clearance:policy/types@0.1.0" (instance
    (type (record (field "w0" u64)))
    (export "permission-set" (type (eq 0))))))
