"""What a user of the package relies on."""

from __future__ import annotations

import copy
import json
import os
import pickle
import signal
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from clearance import Authorizer, ClearanceError, Key, Limits, Organization, Policy, Project, ProjectKey, Team, User
from conftest import COMPANY, NOW, component

QUESTION = (Key("ci"), "prompts:view", Project("shop"))


def code(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(ClearanceError) as caught:
        call(*arguments, **named)
    assert caught.value.message == str(caught.value) != ""
    return caught.value.code


def test_a_key_has_what_it_and_its_owner_have(authorizer: Authorizer) -> None:
    allowed = authorizer.check(*QUESTION, now=NOW)
    assert allowed.allow and allowed.reason == "binding" and allowed.binding == "b04"
    assert allowed.policy.startswith("sha256:") and len(allowed.policy) == 71
    denied = authorizer.check(Key("ci"), "project:delete", Project("shop"), now=NOW)
    assert (denied.allow, denied.reason, denied.binding) == (False, "owner-lacks", None)


def test_a_decision_is_true_exactly_when_it_allows(authorizer: Authorizer) -> None:
    assert authorizer.check(*QUESTION, now=NOW)
    assert not authorizer.check(Key("ci"), "project:delete", Project("shop"), now=NOW)


def test_every_way_to_ask_gives_the_same_decision(authorizer: Authorizer) -> None:
    names = [permission["name"] for permission in authorizer.describe()["permissions"]]
    assert len(names) > 30
    held = authorizer.effective(Key("ci"), Project("shop"), now=NOW)["permissions"]
    many = authorizer.check_many(((Key("ci"), name, Project("shop")) for name in names), now=NOW)
    for name, one in zip(names, many, strict=True):
        decision = authorizer.check(Key("ci"), name, Project("shop"), now=NOW)
        assert (decision, hash(decision), repr(decision)) == (one, hash(one), repr(one))
        assert decision.allow == (name in held)
        explained = authorizer.explain(Key("ci"), name, Project("shop"), now=NOW)
        assert (explained["allow"], explained["reason"]) == (decision.allow, decision.reason)
        assert explained.get("binding") == decision.binding
        assert explained["principal"]["steps"] and explained["owner"]["steps"]
        asked = authorizer.ask({"check": {"key": "ci", "permission": name, "at": {"project": "shop"}}}, now=NOW)
        assert asked["reason"] == decision.reason and asked["policy"] == decision.policy


def test_what_nobody_knows_is_denied_with_a_reason_of_its_own(authorizer: Authorizer) -> None:
    def reason(*question: Any) -> str:
        return authorizer.check(*question, now=NOW).reason

    assert reason(Key("nobody"), "prompts:view", Project("shop")) == "principal-unknown"
    assert reason(Key("ci"), "no:such", Project("shop")) == "permission-unknown"
    assert reason(Key("ci"), "prompts:view", Project("nowhere")) == "place-unknown"
    assert reason(Key("clé"), "prompts:view", Project("shop")) == "principal-unknown"
    assert reason(User("ci"), "prompts:view", Project("shop")) == "principal-unknown"
    assert reason(ProjectKey("shop"), "prompts:view", Team("shop")) == "place-unknown"
    assert reason(User("ana"), "organization:view", Organization("acme")) == "floor"


def test_the_moment_counts(authorizer: Authorizer) -> None:
    def reason(now: datetime | None) -> str:
        return authorizer.check(Key("trial"), "prompts:view", Project("shop"), now=now).reason

    # The last moment at which the key works.
    last = datetime(2026, 4, 1, tzinfo=timezone.utc)
    assert reason(last) == "binding"
    assert reason(last.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "binding"
    # What is finer than a millisecond is cut off.
    assert reason(last + timedelta(microseconds=999)) == "binding"
    assert reason(last + timedelta(milliseconds=1)) == "key-expired"
    assert reason(last.replace(tzinfo=timezone(timedelta(hours=-1)))) == "key-expired"
    assert reason(None) == "key-expired"


def test_the_next_question_sees_a_change_and_a_refused_batch_changes_nothing(authorizer: Authorizer) -> None:
    deactivate = {"deactivateUser": {"user": "ben", "at": "2026-05-01T00:00:00Z"}}
    before = authorizer.document()
    with pytest.raises(ClearanceError) as caught:
        authorizer.apply([deactivate, {"removeTeam": "nowhere"}])
    assert (caught.value.code, caught.value.index) == ("refused", 1)
    assert authorizer.document() == before
    assert authorizer.check(*QUESTION, now=NOW).reason == "binding"
    authorizer.apply([deactivate])
    assert authorizer.check(*QUESTION, now=NOW).reason == "owner-deactivated"


def test_what_would_grant_a_permission_grants_it(authorizer: Authorizer) -> None:
    question = (User("ben"), "project:delete", Project("shop"))
    repair = authorizer.repair(*question, now=NOW)
    assert repair["outcome"] == "sets"
    bind = repair["sets"][0][0]["bind"]
    row = {name: bind[name] for name in ("organization", "user", "role", "scope")}
    authorizer.apply([{"addBinding": {"id": "repaired", **row}}])
    assert authorizer.check(*question, now=NOW)
    assert authorizer.repair(*question, asker=User("ana"), now=NOW)["outcome"] == "allowed"


def test_projects_and_capsules(authorizer: Authorizer) -> None:
    assert authorizer.visible_projects(Key("deploy"), now=NOW) == {"all": True}
    visible = authorizer.visible_projects(Key("ci"), now=NOW)
    assert "projects" in visible and visible["projects"] == ["blog", "shop"]
    capsule = authorizer.capsule(*QUESTION, now=NOW)
    assert isinstance(capsule, bytes) and b"prompts:view" in capsule


def test_another_version_answers_after_a_swap_and_the_old_one_where_it_is_pinned(authorizer: Authorizer) -> None:
    def policy() -> str:
        return authorizer.check(*QUESTION, now=NOW).policy

    first = policy()
    authorizer.swap(component("strict"))
    second = policy()
    assert second != first
    authorizer.pin("acme", component("langwatch"))
    assert policy() == first
    authorizer.unpin("acme")
    assert policy() == second


def test_a_policy_that_nobody_signed_is_refused_unless_that_is_allowed() -> None:
    assert code(Authorizer.load, COMPANY, policy=component("strict")) == "unsigned"
    authorizer = Authorizer.load(COMPANY)
    assert code(authorizer.swap, component("strict")) == "unsigned"
    signed = Policy(component("strict").component, "no signature")
    assert code(authorizer.swap, signed) == "no-keys"
    assert code(Authorizer.load, COMPANY, policy=signed, trusted_keys=["no key"]) == "key-malformed"
    assert authorizer.check(*QUESTION, now=NOW)


def test_bytes_that_are_not_a_policy_are_refused_by_name(authorizer: Authorizer) -> None:
    for bytes_, name in [
        (b"", "not-a-component"),
        (b"\0asm\1\0\0\0", "not-a-component"),
        (b"\0asm\x0d\0\1\0", "contract"),
        (component("strict").component[:1000], "invalid"),
    ]:
        assert code(authorizer.swap, Policy(bytes_)) == name
        assert authorizer.check(*QUESTION, now=NOW)


NOT_NAMES = [None, 7, True, "ci", b"ci", {}, {"key": "ci"}, ("key", "ci"), object()]
NOT_TEXTS = [None, 7, True, b"prompts:view", ["prompts:view"], "\ud800"]


def test_what_has_the_wrong_type_is_malformed_and_never_converted(authorizer: Authorizer) -> None:
    key, permission, place = QUESTION
    for bad in NOT_NAMES:
        for call in (authorizer.check, authorizer.explain, authorizer.repair, authorizer.capsule):
            assert code(call, bad, permission, place, now=NOW) == "malformed", bad
            assert code(call, key, permission, bad, now=NOW) == "malformed", bad
        assert code(authorizer.effective, bad, place, now=NOW) == "malformed"
        assert code(authorizer.effective, key, bad, now=NOW) == "malformed"
        assert code(authorizer.check_many, [(bad, permission, place)], now=NOW) == "malformed"
        assert code(authorizer.check_many, [bad], now=NOW) == "malformed"
        assert code(authorizer.visible_projects, bad, now=NOW) == "malformed"
        assert code(authorizer.ask, bad, now=NOW) == "malformed"
        if bad is not None:
            assert code(authorizer.repair, *QUESTION, asker=bad, now=NOW) == "malformed"
    # A place asks nobody, and a user is nowhere.
    assert code(authorizer.check, place, permission, place, now=NOW) == "malformed"
    assert code(authorizer.check, key, permission, User("ana"), now=NOW) == "malformed"
    for bad in NOT_TEXTS:
        for name in (User, Key, ProjectKey, Organization, Team, Project):
            assert code(name, bad) == "malformed"
        assert code(authorizer.check, key, bad, place, now=NOW) == "malformed"
        assert code(authorizer.explain, key, bad, place, now=NOW) == "malformed"
        assert code(authorizer.unpin, bad) == "malformed"
        assert code(authorizer.pin, bad, component("strict")) == "malformed"
    for bad in (None, b"", bytearray(b"\0asm"), "strict.wasm"):
        assert code(authorizer.swap, bad) == "malformed"
        assert code(Authorizer.load, COMPANY, policy=bad) == "malformed" if bad is not None else True
    for bad in (None, 7, "\0asm", bytearray(b"\0asm"), memoryview(b"\0asm")):
        assert code(Policy, bad) == "malformed"
    assert code(Policy, b"", b"signature") == "malformed"
    assert authorizer.check(*QUESTION, now=NOW)


def test_what_is_not_a_moment_is_refused_and_never_converted(authorizer: Authorizer) -> None:
    calls = (authorizer.check, authorizer.explain, authorizer.repair, authorizer.capsule)
    for call in calls:
        for bad in (0, 1_780_315_200_000, 2**64, -1, 0.5, 1e300, True, "2026-06-01T12:00:00Z", NOW.date(), timedelta()):
            assert code(call, *QUESTION, now=bad) == "malformed", bad
        for late in (datetime(2026, 6, 1), datetime(1969, 12, 31, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, tzinfo=timezone.utc)):
            assert code(call, *QUESTION, now=late) == "time", late
    assert code(authorizer.check_many, [QUESTION], now=7) == "malformed"
    assert code(authorizer.check_many, [QUESTION], now=datetime(2026, 6, 1)) == "time"
    for millis in (float("nan"), float("inf"), -1.0, 0.5, 1e300):
        assert code(authorizer._ask, '{"describe": {}, "check": {}}', millis) == "malformed"
        question = {"check": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}
        assert code(authorizer._ask, json.dumps(question), millis) == "time"
    # In a request, a number that JSON cannot say, or Rust cannot hold.
    for version in (2**64, -1, 0.5, True, None, float("nan")):
        assert code(authorizer.ask, {"swap": {"version": version}}) == "malformed"


def test_data_and_changes_that_are_wrong_are_refused_with_their_place(authorizer: Authorizer) -> None:
    bad: Any
    for bad in ("", "{", "[]", '{"teams":[{"id":"t","organization":"o"}]}', {"keys": [{"id": ""}]}, {"more": []}):
        assert code(Authorizer.load, bad) == "directory", bad
    for bad in (None, 7, b"{}", [], {"users": {1, 2}}, "\ud800"):
        assert code(Authorizer.load, bad) == "malformed", bad
    # A field that is missing is never read as one that is false.
    for row in ({"id": "k", "organization": "acme", "name": "K"}, {"id": "k", "organization": "acme", "name": "K", "mode": "any"}):
        assert code(authorizer.apply, [{"addKey": row}]) == "malformed"
    assert code(authorizer.apply, [{"deactivateUser": {"user": "ben"}}]) == "malformed"
    for bad in (None, {}, 7, [7], [{}], [{"removeTeam": None}], [{"removeTeam": float("inf")}]):
        assert code(authorizer.apply, bad) == "malformed", bad
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert code(authorizer.apply, deep) == "malformed"
    assert authorizer.check(*QUESTION, now=NOW)


def test_options_are_checked(tmp_path: Path) -> None:
    for name, bad in [
        ("trusted_keys", "RW"),
        ("trusted_keys", [7]),
        ("allow_unsigned", 1),
        ("allow_unsigned", None),
        ("limits", {}),
        ("code_cache", 7),
    ]:
        assert code(Authorizer.load, COMPANY, **{name: bad}) == "malformed", name
    for bad in (True, 0, -1, 0.5, "7", 2**64):
        assert code(Limits, deadline_ms=bad) == "malformed", bad
    assert code(Authorizer.load, COMPANY, limits=Limits(memory=1)) == "limit"
    folder = tmp_path / "code"
    for _ in range(2):
        assert Authorizer.load(COMPANY, code_cache=folder).check(*QUESTION, now=NOW)
    assert len(list(folder.iterdir())) == 1
    file = tmp_path / "file"
    file.write_text("no folder")
    assert code(Authorizer.load, COMPANY, code_cache=file) == "code-cache"


def test_a_policy_that_breaks_a_limit_is_stopped(authorizer: Authorizer) -> None:
    # An instance is larger than this.
    limits = Limits(memory=64 << 10)
    assert code(Authorizer.load, COMPANY, limits=limits) in ("memory", "trap")


def test_names_are_values() -> None:
    assert Key("a") == Key("a") != Key("b") and Key("a") != User("a") and hash(Key("a")) == hash(Key("a"))
    assert repr(Key("a'b")) == """Key("a'b")""" and Key("a").id == "a"
    for name in (User, Key, ProjectKey, Organization, Team, Project):
        one = name("a")
        assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)
        with pytest.raises(AttributeError):
            one.id = "b"  # type: ignore[misc]
    match Key("ci"):
        case Key(id):
            assert id == "ci"
        case _:
            raise AssertionError


def test_an_error_can_be_sent_to_another_process() -> None:
    error = ClearanceError("refused", "no", "teams", 1)
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, str(again), again.field, again.index) == ("refused", "no", "teams", 1)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_must_load_its_own(authorizer: Authorizer) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # Whatever it waits for, the test ends.
        signal.alarm(60)
        answers = []
        try:
            answers.append(code(authorizer.check, *QUESTION, now=NOW))
            answers.append(code(authorizer.describe))
            del authorizer
            answers.append(Authorizer.load(COMPANY).check(*QUESTION, now=NOW).reason)
        finally:
            os.write(write, json.dumps(answers).encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        assert json.load(pipe) == ["lost", "lost", "binding"]
    os.waitpid(child, 0)
    assert authorizer.check(*QUESTION, now=NOW)
