;; Wants to know the time.
(component
  (import "clock" (func (result u64)))
  (import "acme:tools/log@1.0.0" (instance (export "log" (func (param "line" string))))))
