;; A component that does nothing.
(component)
