"""The vectors of the project: what every implementation must answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clearance import Authorizer, Key, Organization, Place, Principal, Project, ProjectKey, Team, User
from conftest import NOW, PROJECT

VECTORS = PROJECT / "tests/vectors"
PRINCIPALS: dict[str, Callable[[str], Principal]] = {"user": User, "key": Key, "projectKey": ProjectKey}
PLACES: dict[str, Callable[[str], Place]] = {"organization": Organization, "team": Team, "project": Project}


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def principal(line: dict[str, Any]) -> Principal:
    return next(kind(line[name]) for name, kind in PRINCIPALS.items() if name in line)


def place(at: dict[str, str]) -> Place:
    ((tier, id),) = at.items()
    return PLACES[tier](id)


def moment(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["now"].replace("Z", "+00:00")) if "now" in line else NOW


@pytest.mark.parametrize("kind", ["scenarios", "random"])
def test_the_vectors_are_answered(kind: str, tmp_path: Path) -> None:
    counts = {"decisions": 0, "effective": 0, "projects": 0}
    for folder in sorted((VECTORS / kind).iterdir()):
        authorizer = Authorizer.load((folder / "directory.json").read_text(encoding="utf-8"), code_cache=tmp_path / "code")
        for line in lines(folder / "decisions.jsonl"):
            decision = authorizer.check(principal(line), line["permission"], place(line["at"]), now=moment(line))
            assert decision.allow == line["allow"], (folder.name, line)
            assert decision.reason == line.get("reason", decision.reason), (folder.name, line)
            counts["decisions"] += 1
        for line in lines(folder / "effective.jsonl"):
            effective = authorizer.effective(principal(line), place(line["at"]), now=moment(line))
            assert effective["permissions"] == line["permissions"], (folder.name, line)
            counts["effective"] += 1
        for line in lines(folder / "projects.jsonl"):
            visible = authorizer.visible_projects(Key(line["key"]), now=NOW)
            wanted = {"all": True} if line["projects"] == "all" else {"projects": sorted(line["projects"])}
            assert visible == wanted, (folder.name, line)
            counts["projects"] += 1
    assert counts["decisions"] > 100, counts
