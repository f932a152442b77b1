"""What a type checker refuses. Each `type: ignore` is an error if there is nothing to ignore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from clearance import Authorizer, ClearanceError, Decision, Key, Policy, Project, User


def test_wrong_types_are_found_before_and_refused_when_it_runs(authorizer: Authorizer) -> None:
    now = datetime.now(timezone.utc)
    decision: Decision = authorizer.check(Key("ci"), "prompts:view", Project("shop"), now=now)
    reason: str = decision.reason
    binding: str | None = decision.binding
    assert reason and (binding is None or binding)
    wrong: list[Callable[[], object]] = [
        lambda: authorizer.check("ci", "prompts:view", Project("shop")),  # type: ignore[arg-type]
        lambda: authorizer.check(Key("ci"), "prompts:view", "shop"),  # type: ignore[arg-type]
        lambda: authorizer.check(Project("shop"), "prompts:view", Project("shop")),  # type: ignore[arg-type]
        lambda: authorizer.check(Key("ci"), None, Project("shop")),  # type: ignore[arg-type]
        lambda: authorizer.check(Key("ci"), "prompts:view", Project("shop"), now=1_780_315_200_000),  # type: ignore[arg-type]
        lambda: authorizer.explain(Key("ci"), "prompts:view", User("ana")),  # type: ignore[arg-type]
        lambda: authorizer.repair(Key("ci"), "prompts:view", Project("shop"), asker=Project("shop")),  # type: ignore[arg-type]
        lambda: authorizer.swap(b"\0asm"),  # type: ignore[arg-type]
        lambda: Policy("strict.wasm"),  # type: ignore[arg-type]
        lambda: Key(7),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(ClearanceError) as caught:
            call()
        assert caught.value.code == "malformed"
    with pytest.raises(AttributeError):
        decision.allow = True  # type: ignore[misc]
