"""Permission checks over a directory in memory."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Union, cast

from . import _native
from ._answers import Effective, Explanation, Repair, VisibleProjects
from ._error import ClearanceError
from ._options import Limits, Policy, wrong

Principal = Union[_native.User, _native.Key, _native.ProjectKey]
"""Who asks."""
Place = Union[_native.Organization, _native.Team, _native.Project]
"""Where."""

_PRINCIPALS: dict[type, str] = {_native.User: "user", _native.Key: "key", _native.ProjectKey: "projectKey"}
_PLACES: dict[type, str] = {_native.Organization: "organization", _native.Team: "team", _native.Project: "project"}


class Authorizer(_native.Authorizer):
    """Permission checks over a directory in memory: one for all threads.

    Every call raises `ClearanceError` where there is no answer, which is neither a denial nor an allow.
    """

    __slots__ = ()

    @classmethod
    def load(
        cls,
        directory: str | Mapping[str, Any],
        *,
        policy: Policy | None = None,
        trusted_keys: Sequence[str] = (),
        allow_unsigned: bool = False,
        limits: Limits | None = None,
        code_cache: str | os.PathLike[str] | None = None,
    ) -> Authorizer:
        """Loads data and a policy.

        `directory` is the text of a directory file, or what it parses to. Without `policy` it is the default one, which is part of this
        package. `trusted_keys` are the public keys of minisign whose owners may say what a policy is; with `allow_unsigned`, a policy that
        nobody signed is taken. Compiled code is kept in the folder `code_cache`, from one process to the next.
        """
        if isinstance(directory, Mapping):
            directory = _json("directory", dict(directory))
        if isinstance(trusted_keys, str) or not all(isinstance(key, str) for key in trusted_keys):
            raise wrong("trusted_keys", "a list of strings")
        if type(allow_unsigned) is not bool:
            raise wrong("allow_unsigned", "True or False")
        if limits is not None and type(limits) is not Limits:
            raise wrong("limits", "a Limits, or None")
        if code_cache is not None and not isinstance(code_cache, (str, os.PathLike)):
            raise wrong("code_cache", "the path of a folder, or None")
        bounds = limits or Limits()
        return cls(
            directory,
            None if policy is None else _parts(policy),
            list(trusted_keys),
            allow_unsigned,
            (bounds.deadline_ms, bounds.timeout_ms, bounds.memory, bounds.stack, bounds.answer, bounds.instances),
            code_cache,
        )

    def ask(self, request: Mapping[str, Any], *, now: datetime | None = None) -> dict[str, Any]:
        """Answers any request of the module, with an object as the request and as the answer: see the page about the module."""
        text = self._ask(_json("request", request), _native._millis(now))
        return cast("dict[str, Any]", json.loads(text))

    def effective(self, principal: Principal, place: Place, *, now: datetime | None = None) -> Effective:
        """All that a principal may do at a place."""
        return cast(Effective, self.ask({"effective": _question(principal, place)}, now=now))

    def explain(self, principal: Principal, permission: str, place: Place, *, now: datetime | None = None) -> Explanation:
        """A decision with the walk to it."""
        return cast(Explanation, self.ask({"explain": _question(principal, place, permission=permission)}, now=now))

    def repair(
        self,
        principal: Principal,
        permission: str,
        place: Place,
        *,
        asker: _native.User | _native.Key | None = None,
        now: datetime | None = None,
    ) -> Repair:
        """What would grant a permission, as far as `asker` may know it. Without `asker`, everything is shown."""
        question = _question(principal, place, permission=permission)
        if asker is not None:
            if type(asker) not in (_native.User, _native.Key):
                raise wrong("asker", "a User, a Key or None")
            question["asker"] = {_PRINCIPALS[type(asker)]: asker.id}
        return cast(Repair, self.ask({"repair": question}, now=now))

    def visible_projects(self, key: _native.Key, *, now: datetime | None = None) -> VisibleProjects:
        """The projects that a key can see."""
        if type(key) is not _native.Key:
            raise wrong("key", "a Key")
        return cast(VisibleProjects, self.ask({"visibleProjects": {"key": key.id}}, now=now))

    def capsule(self, principal: Principal, permission: str, place: Place, *, now: datetime | None = None) -> bytes:
        """A decision with all that it takes to make it again: the content of a file for `clearance replay`."""
        answer = self.ask({"capsule": _question(principal, place, permission=permission)}, now=now)
        return base64.b64decode(answer["capsule"], validate=True)

    def apply(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Makes all changes of the data, or none. The next question sees them. The error of a refused change has its `index`."""
        self._apply(_json("changes", changes))

    def swap(self, policy: Policy) -> None:
        """Makes another policy version the live one. Until it is compiled and checked, the old one answers."""
        self._swap(_parts(policy))

    def pin(self, organization: str, policy: Policy) -> None:
        """Lets another version answer for one organization."""
        self._pin(organization, _parts(policy))

    def describe(self) -> dict[str, Any]:
        """What the live version knows, as `clearance catalog --json` prints it."""
        return self.ask({"describe": {}})

    def document(self) -> dict[str, Any]:
        """All the data, as a directory file has it."""
        return self.ask({"document": {}})


def _question(principal: Principal, place: Place, **more: object) -> dict[str, object]:
    kind, tier = _PRINCIPALS.get(type(principal)), _PLACES.get(type(place))
    if kind is None:
        raise wrong("principal", "a User, a Key or a ProjectKey")
    if tier is None:
        raise wrong("place", "an Organization, a Team or a Project")
    return {kind: principal.id, "at": {tier: place.id}, **more}


def _parts(policy: Policy) -> tuple[bytes, str | None]:
    if type(policy) is not Policy:
        raise wrong("policy", "a Policy")
    return policy.component, policy.signature


def _json(field: str, value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ClearanceError("malformed", f"`{field}` cannot be written as JSON: {error}", field) from error
