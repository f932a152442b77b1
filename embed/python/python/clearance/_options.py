"""What an authorizer is loaded with."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ._error import ClearanceError


def wrong(field: str, wanted: str) -> ClearanceError:
    """The error of an argument that has the wrong type."""
    return ClearanceError("malformed", f"`{field}` must be {wanted}", field)


@dataclass(frozen=True)
class Policy:
    """A policy: a component, as `clearance policy build` wrote it, and its signature by minisign."""

    component: bytes
    signature: str | None = None

    def __post_init__(self) -> None:
        if type(self.component) is not bytes:
            raise wrong("component", "bytes")
        if self.signature is not None and not isinstance(self.signature, str):
            raise wrong("signature", "the text of a .minisig file, or None")


@dataclass(frozen=True)
class Limits:
    """What one call of a policy may use. `None` stands for the default, which is the one of the Rust host."""

    deadline_ms: int | None = None
    """The processor time of a call. 100 by default."""
    timeout_ms: int | None = None
    """All the time that a call may take. 10,000 by default."""
    memory: int | None = None
    """The bytes of memory that an instance may hold. 64 MiB by default."""
    stack: int | None = None
    """The bytes of stack that a policy may use. The thread that asks must have as much to spare. 512 KiB by default."""
    answer: int | None = None
    """The bytes of an answer. 16 MiB by default."""
    instances: int | None = None
    """How many instances a version keeps. 64 by default."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            # `True` is an int, and 2**64 is one that Rust cannot hold.
            if value is not None and (type(value) is not int or not 0 < value < 2**48):
                raise wrong(field.name, "a number above 0, or None")
