"""The company of the examples, under the default policy."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from clearance import Authorizer, Policy

PROJECT = Path(__file__).resolve().parents[3]
COMPANY = (PROJECT / "examples/company/directory.json").read_text(encoding="utf-8")
NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)


def component(name: str) -> Policy:
    """A policy of the project, which nobody signed."""
    return Policy((PROJECT / f"policy/dist/{name}.wasm").read_bytes())


@pytest.fixture
def authorizer() -> Authorizer:
    return Authorizer.load(COMPANY, allow_unsigned=True)
