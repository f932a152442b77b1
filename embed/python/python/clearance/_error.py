"""Why a call was not answered."""

from __future__ import annotations


class ClearanceError(Exception):
    """A call was not answered. This is never a denial: refuse, and look for the cause."""

    code: str
    """The same word in every language: `malformed`, `trap`, `refused`, `lost`."""
    message: str
    """A sentence for people: what is wrong, where, and what to do."""
    field: str | None
    """The field that is wrong, as a path, where the error is about one."""
    index: int | None
    """Which change of a batch is refused, counted from 0."""

    def __init__(self, code: str, message: str, field: str | None = None, index: int | None = None) -> None:
        super().__init__(code, message, field, index)
        self.code = code
        self.message = message
        self.field = field
        self.index = index

    def __str__(self) -> str:
        return self.message
