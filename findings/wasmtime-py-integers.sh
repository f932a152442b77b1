#!/usr/bin/env bash
# Needs Python 3.
#
# The Python package of wasmtime calls functions of a component with Python integers, which have no size. An integer that a `u64` or `s64`
# cannot hold is not refused: its lower 64 bits are passed. 2^64 arrives as 0, -1 as the largest `u64`, and 2^63 as the smallest `s64`. A
# text or a float in the same place raises `TypeError`, so the types look checked. A caller that takes numbers from outside, such as
# times in the wrong unit, compares them with the range first.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1
cat >ask.py <<'PY'
from wasmtime import Engine, Store, component

ECHO = """
(component
  (core module $code (func (export "echo") (param i64) (result i64) local.get 0))
  (core instance $code (instantiate $code))
  (func (export "u64") (param "value" u64) (result u64) (canon lift (core func $code "echo")))
  (func (export "s64") (param "value" s64) (result s64) (canon lift (core func $code "echo"))))
"""
engine = Engine()
store = Store(engine)
instance = component.Linker(engine).instantiate(store, component.Component(engine, ECHO))
for kind, value in [("u64", 2**64 - 1), ("u64", 2**64), ("u64", 2**64 + 5), ("u64", -1), ("s64", 2**63), ("u64", 1.0)]:
    try:
        answer = instance.get_func(store, kind)(store, value)
    except TypeError as error:
        answer = f"TypeError: {error}"
    print(f"{kind} {value}: {answer}")
PY
python/bin/python ask.py | tee seen
cat >expected <<'TXT'
u64 18446744073709551615: 18446744073709551615
u64 18446744073709551616: 0
u64 18446744073709551621: 5
u64 -1: 18446744073709551615
s64 9223372036854775808: -9223372036854775808
u64 1.0: TypeError: expected int for U64 type
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
