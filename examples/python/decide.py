"""Answers questions with the policy component, from Python and without Rust."""

import json
import sys
from pathlib import Path

from wasmtime import Engine, Store
from wasmtime.component import (
    Component, Linker, ListType, OptionType, Record, RecordType, U64, Variant, VariantType,
)

ROOT = Path(__file__).resolve().parents[2]
COMPONENT = ROOT / "policy/dist/langwatch.wasm"
QUESTIONS = ROOT / "examples/questions.jsonl"

# A number that no catalog has: what a name outside the catalog is asked as.
UNKNOWN = 0xFFFF_FFFF


class Policy:
    """A policy component. It keeps nothing between calls, so one instance answers everything."""

    def __init__(self, component):
        engine = Engine()
        self.store = Store(engine)
        self.instance = Linker(engine).instantiate(self.store, Component(engine, component))
        description = self._function("catalog", "describe")(self.store)
        self.numbers = {permission.name: number for number, permission in enumerate(description.permissions)}
        self._decide = self._function("evaluation", "decide")
        self._facts = self._decide.type(self.store).params[0][1]

    def _function(self, interface, name):
        interface = self.instance.get_export_index(self.store, f"clearance:policy/{interface}@0.1.0")
        return self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, interface))

    def decide(self, facts, permission):
        return self._decide(self.store, lower(self._facts, facts), self.numbers.get(permission, UNKNOWN))


def lower(kind, value):
    """Makes of JSON what `wasmtime` takes for a type of the contract."""
    if isinstance(kind, RecordType):
        record = Record()
        for name, field in kind.fields:
            setattr(record, name, lower(field, value[name] if not isinstance(field, OptionType) else value.get(name)))
        return record
    if isinstance(kind, ListType):
        return [lower(kind.element, item) for item in value]
    if isinstance(kind, OptionType):
        if value is None:
            return Variant("none") if is_tagged(kind) else None
        payload = lower(kind.payload, value)
        return Variant("some", payload) if is_tagged(kind) else payload
    if isinstance(kind, VariantType):
        payload_kind = dict(kind.cases)[value["tag"]]
        payload = None if payload_kind is None else lower(payload_kind, value["val"])
        return Variant(value["tag"], payload) if is_tagged(kind) else payload
    if isinstance(kind, U64):
        return int(value)
    return value


def is_tagged(kind):
    """`wasmtime` takes a bare payload where the Python types of all cases differ, and a `Variant` otherwise."""
    classes = set()
    kind.add_classes(classes)
    return classes == {Variant}


def main():
    policy = Policy(COMPONENT.read_bytes())
    failed = 0
    questions = [json.loads(line) for line in QUESTIONS.read_text().splitlines()]
    for question in questions:
        decision = policy.decide(question["facts"], question["permission"])
        got = {"allow": decision.allow, "reason": decision.reason}
        if decision.binding is not None:
            got["binding"] = decision.binding
        if got != question["expected"]:
            failed += 1
            print(f"{question['id']}: {question['permission']}: expected {question['expected']}, got {got}")
    print(f"{len(questions) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
