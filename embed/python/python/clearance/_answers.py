"""The answers that are JSON: the same objects as the command prints and the server sends."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union, final


class _EffectiveAlways(TypedDict):
    permissions: list[str]
    policy: str


class Effective(_EffectiveAlways, total=False):
    """All that a principal may do at a place: names, in the order of the catalog."""

    reason: str
    """The reason of the one rule that denies everything, if there is one."""
    since: str
    """The first moment for which this holds, in RFC 3339. Absent where there is none."""
    until: str
    """The last moment for which this holds, in RFC 3339. Absent where there is none."""


class _StepAlways(TypedDict):
    source: Union[Literal["floor", "project-key"], dict[str, Any]]
    reading: str
    verdict: str


class Step(_StepAlways, total=False):
    """One source that the policy looked at."""

    fault: str


class _SideAlways(TypedDict):
    allow: bool
    reason: str
    steps: list[Step]


class Side(_SideAlways, total=False):
    """What one side answers by itself."""

    binding: str


class _ExplanationAlways(TypedDict):
    allow: bool
    reason: str
    policy: str
    principal: Side


class Explanation(_ExplanationAlways, total=False):
    """A decision with the walk to it."""

    binding: str
    since: str
    until: str
    owner: Side
    """The ceiling: what the owner of a key could do by itself."""


class AllowedRepair(TypedDict):
    """There is nothing to repair."""

    outcome: Literal["allowed"]
    policy: str


class RepairSets(TypedDict):
    """Each set of changes would grant the permission."""

    outcome: Literal["sets"]
    sets: list[list[dict[str, Any]]]
    more: bool
    policy: str


class NoRepair(TypedDict):
    """No change of bindings would grant the permission."""

    outcome: Literal["nothing"]
    obstacle: str
    policy: str


Repair = Union[AllowedRepair, RepairSets, NoRepair]


# Final, so that a type checker can tell the two apart by their keys.
@final
class AllProjects(TypedDict):
    """Every project of the organization."""

    all: Literal[True]


@final
class SomeProjects(TypedDict):
    """These projects, by id."""

    projects: list[str]


VisibleProjects = Union[AllProjects, SomeProjects]
