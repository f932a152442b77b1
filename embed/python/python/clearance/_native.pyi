import os
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Union, final

from typing_extensions import Self, disjoint_base

__all__ = ["Authorizer", "Decision", "_forked", "Key", "Organization", "Project", "ProjectKey", "Team", "User", "_millis"]

_Principal = Union[User, Key, ProjectKey]
_Place = Union[Organization, Team, Project]
_Policy = tuple[bytes, str | None]

@final
class User:
    """A user, by id."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> User: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class Key:
    """A key, by id."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> Key: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class ProjectKey:
    """The older key of a project, by the id of the project. The key itself is a secret, and names nothing."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> ProjectKey: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class Organization:
    """An organization, by id."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> Organization: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class Team:
    """A team, by id."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> Team: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class Project:
    """A project, by id."""

    __match_args__: ClassVar[tuple[str]]
    def __new__(cls, id: str) -> Project: ...
    @property
    def id(self) -> str:
        """The id, as the directory has it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...

@final
class Decision:
    """Whether a principal may do something at a place, and the rule that decided. It is true exactly when it allows."""

    __match_args__: ClassVar[tuple[str, str, str, str]]
    @property
    def allow(self) -> bool:
        """Whether the principal has the permission."""
    @property
    def reason(self) -> str:
        """The rule that decided, as a word of the contract: `binding`, `owner-lacks`, `key-revoked`."""
    @property
    def binding(self) -> str | None:
        """The id of the binding that grants. There exactly when the reason is `binding`."""
    @property
    def policy(self) -> str:
        """The digest of the policy version that decided."""
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class Authorizer:
    def __new__(
        cls,
        directory: str,
        policy: _Policy | None,
        trusted_keys: list[str],
        allow_unsigned: bool,
        limits: tuple[int | None, int | None, int | None, int | None, int | None, int | None],
        code_cache: str | os.PathLike[str] | None,
    ) -> Self: ...
    def check(self, principal: _Principal, permission: str, place: _Place, *, now: datetime | None = None) -> Decision:
        """May this principal do this here? `now` is a `datetime` with a time zone, and the present moment by default."""
    def check_many(self, questions: Iterable[tuple[_Principal, str, _Place]], *, now: datetime | None = None) -> list[Decision]:
        """Many decisions: each question is a tuple of a principal, a permission and a place."""
    def unpin(self, organization: str) -> None:
        """Lets the live version answer for an organization again."""
    def _ask(self, request: str, now: float) -> str: ...
    def _apply(self, changes: str) -> None: ...
    def _swap(self, policy: _Policy) -> None: ...
    def _pin(self, organization: str, policy: _Policy) -> None: ...

def _millis(now: datetime | None) -> float: ...
def _forked() -> None: ...
