"""Plays the transcripts: the same steps with the same answers in every language."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from clearance import Authorizer, ClearanceError, Key, Organization, Place, Policy, Principal, Project, ProjectKey, Team, User
from conftest import PROJECT

FOLDER = Path(os.environ.get("CLEARANCE_TRANSCRIPTS", PROJECT / "embed/transcripts"))
FILES = sorted(FOLDER.glob("*.jsonl"))
VERBS = ("load", "ask", "askText", "apply", "applyText", "swap", "pin", "unpin")
PRINCIPALS: dict[str, Callable[[str], Principal]] = {"user": User, "key": Key, "projectKey": ProjectKey}
PLACES: dict[str, Callable[[str], Place]] = {"organization": Organization, "team": Team, "project": Project}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Player:
    """Plays one file."""

    def __init__(self, folder: Path, code: Path) -> None:
        self.folder = folder
        self.code = code
        self.authorizer: Authorizer | None = None

    def policy(self, name: str) -> Policy:
        own = self.folder / "policies" / f"{name}.wasm"
        return Policy((own if own.exists() else PROJECT / "policy/dist" / f"{name}.wasm").read_bytes())

    def act(self, step: dict[str, Any]) -> Any:
        """Does what a step says."""
        if "load" in step:
            load = step["load"]
            policy = self.policy(load["policy"]) if "policy" in load else None
            self.authorizer = Authorizer.load(load["text"], policy=policy, allow_unsigned=True, code_cache=self.code)
            return {}
        authorizer = self.authorizer
        assert authorizer is not None
        if "ask" in step:
            # A moment of Python is never a number, so numbers go below the package.
            answer = caught(lambda: json.loads(authorizer._ask(json.dumps(step["ask"]), float(step.get("now", 0)))))
            self.compare_typed(authorizer, step, answer)
            return given(answer)
        if "askText" in step:
            return json.loads(authorizer._ask(step["askText"], float(step.get("now", 0))))
        if "apply" in step:
            authorizer.apply(step["apply"])
        elif "applyText" in step:
            authorizer._apply(step["applyText"])
        elif "swap" in step:
            authorizer.swap(self.policy(step["swap"]))
        elif "pin" in step:
            authorizer.pin(step["pin"]["organization"], self.policy(step["pin"]["policy"]))
        else:
            authorizer.unpin(step["unpin"])
        return {}

    def compare_typed(self, authorizer: Authorizer, step: dict[str, Any], asked: Any) -> None:
        """The typed call says the same as the request, where it can be made."""
        ((verb, question),) = step["ask"].items() if len(step["ask"]) == 1 else (("none", None),)
        now = step.get("now", 0)
        # A fraction, or a time after the year 9999, has no typed form.
        if not isinstance(question, dict) or type(now) is not int or not -(2**40) < now < 253_000_000_000_000:
            return
        moment = EPOCH + timedelta(milliseconds=now)
        fields = dict(question)
        principal = [kind(fields.pop(name)) for name, kind in PRINCIPALS.items() if isinstance(fields.get(name), str)]
        at = fields.pop("at", {})
        place = [PLACES[tier](id) for tier, id in at.items() if tier in PLACES and isinstance(id, str)] if isinstance(at, dict) else []
        permission = fields.pop("permission", None)
        if fields or len(principal) != 1:
            return
        typed: Any
        if verb == "check" and len(place) == len(at) == 1 and isinstance(permission, str):
            decision = caught(lambda: authorizer.check(principal[0], permission, place[0], now=moment))
            if isinstance(decision, ClearanceError):
                typed = decision
            else:
                typed = {"allow": decision.allow, "reason": decision.reason, "policy": decision.policy}
                typed |= {} if decision.binding is None else {"binding": decision.binding}
        elif verb == "explain" and len(place) == len(at) == 1 and isinstance(permission, str):
            typed = caught(lambda: authorizer.explain(principal[0], permission, place[0], now=moment))
        elif verb == "effective" and len(place) == len(at) == 1 and permission is None:
            typed = caught(lambda: authorizer.effective(principal[0], place[0], now=moment))
        elif verb == "visibleProjects" and at == {} and permission is None and isinstance(principal[0], Key):
            key = principal[0]
            typed = caught(lambda: authorizer.visible_projects(key, now=moment))
        else:
            return
        assert plain(typed) == plain(asked)


def caught(call: Any) -> Any:
    try:
        return call()
    except ClearanceError as error:
        return error


def given(answer: Any) -> Any:
    if isinstance(answer, ClearanceError):
        raise answer
    return answer


def plain(answer: Any) -> Any:
    return {"error": answer.code} if isinstance(answer, ClearanceError) else answer


def compare(step: dict[str, Any], came: Any) -> None:
    """Compares what came of a step with what it says."""
    if "error" not in step:
        assert came == step["answer"]
        return
    assert isinstance(came, ClearanceError), came
    codes = step["error"] if isinstance(step["error"], list) else [step["error"]]
    assert came.code in codes, came
    assert came.index == step.get("index", came.index) and came.field == step.get("field", came.field), came


def test_there_are_transcripts() -> None:
    assert FILES, f"{FOLDER} has none"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_transcript_is_played_as_it_is_written(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    promised = steps.pop(0)["file"]["steps"]
    # Each load would compile the policy again.
    player = Player(path.parent, tmp_path / "code")
    for number, step in enumerate(steps, 1):
        assert sum(verb in step for verb in VERBS) == 1, f"step {number} is of an unknown kind"
        came = caught(lambda: player.act(step))
        try:
            compare(step, came)
        except AssertionError as error:
            raise AssertionError(f"{path.name}, step {number}: {json.dumps(step)[:500]}") from error
    assert len(steps) == promised
    with capsys.disabled():
        print(f"{path.name}: {len(steps)} steps")
