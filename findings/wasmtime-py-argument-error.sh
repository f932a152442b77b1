#!/usr/bin/env bash
# Needs Python 3.
#
# In the Python package of wasmtime, an argument that is wrong is not always without consequence. What the package itself checks raises
# `TypeError`, and the instance goes on. The name of a case or a flag is checked later, while the arguments are already being written
# into the component: a name that does not exist raises `WasmtimeError`, and from then on every call of that instance, of any
# function and with any argument, fails with "cannot enter component instance". No guest code ran or trapped. A caller that passes
# names from outside checks them first, or makes a new instance after any `WasmtimeError`.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check wasmtime==50.0.1
cat >ask.py <<'PY'
from wasmtime import Engine, Store, WasmtimeError, component

ECHO = """
(component
  (core module $code (func (export "echo") (param i32) (result i32) local.get 0))
  (core instance $code (instantiate $code))
  (type $level (enum "none" "read" "write"))
  (export $exported "level" (type $level))
  (func (export "of-level") (param "value" $exported) (result $exported) (canon lift (core func $code "echo")))
  (func (export "of-number") (param "value" u32) (result u32) (canon lift (core func $code "echo"))))
"""
engine = Engine()
store = Store(engine)
instance = component.Linker(engine).instantiate(store, component.Component(engine, ECHO))

def ask(name, value):
    try:
        answer = instance.get_func(store, name)(store, value)
    except (TypeError, WasmtimeError) as error:
        answer = f"{type(error).__name__}: {error}"
    print(f"{name} {value}: {answer}")

ask("of-level", "read")
ask("of-level", 1)
ask("of-level", "read")
ask("of-level", "admin")
ask("of-level", "read")
ask("of-number", 7)
PY
python/bin/python ask.py | tee seen
cat >expected <<'TXT'
of-level read: read
of-level 1: TypeError: expected str type
of-level read: read
of-level admin: WasmtimeError: enum variant name `admin` is not valid
of-level read: WasmtimeError: wasm trap: cannot enter component instance
of-number 7: WasmtimeError: wasm trap: cannot enter component instance
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
