"""Guards for routes of FastAPI and Starlette.

A guard asks before a route runs. It answers 401 where nobody is known, 403 where the policy denies, and 503 where there is no answer, as
`application/problem+json` with the members that the server of Clearance sends. The route does not run then.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, Union

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import Authorizer, Decision, Key, Place, Principal, Project

__all__ = ["Guard", "Refused", "answer_refused"]

_T = TypeVar("_T")
_Maybe = Union[_T, Awaitable[_T]]
_log = logging.getLogger("clearance")


class Refused(HTTPException):
    """A request that a guard does not let through. `answer_refused` makes the response of it."""

    def __init__(
        self,
        status: int,
        word: str,
        title: str,
        detail: str,
        challenge: str | None,
        *,
        policy: str | None = None,
        **members: str | None,
    ) -> None:
        headers = {} if challenge is None else {"WWW-Authenticate": challenge}
        if policy is not None:
            headers["X-Clearance-Policy"] = policy
            members["policy"] = policy
        super().__init__(status, detail, headers)
        self.body: dict[str, Any] = {
            "type": f"urn:clearance:problem:{word}",
            "title": title,
            "status": status,
            "detail": detail,
            # As in the answer of the server, a member is null where the question names none.
            **members,
        }

    def response(self) -> Response:
        """The response, as `application/problem+json`."""
        return JSONResponse(self.body, self.status_code, self.headers, media_type="application/problem+json")


async def answer_refused(request: Request, refused: Exception) -> Response:
    """Answers what a dependency of FastAPI refused: `app.add_exception_handler(Refused, answer_refused)`."""
    assert isinstance(refused, Refused)
    return refused.response()


class Guard:
    """Knows whose request one is and what place it is about, and asks.

    `principal` takes a request and answers who asks, or `None` where nobody is known: it verifies the credential. `place` answers where. Both
    may be `async`. A `HTTPException` of theirs is an answer; any other exception is answered with 503 and logged.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        *,
        principal: Callable[[HTTPConnection], _Maybe[Principal | None]],
        place: Callable[[HTTPConnection], _Maybe[Place]],
    ) -> None:
        self._authorizer = authorizer
        self._principal = principal
        self._place = place

    def __call__(self, permission: str) -> Callable[[HTTPConnection], Awaitable[Decision]]:
        """A dependency for FastAPI: `Depends(guard("prompts:view"))`. It is the decision, or raises `Refused`."""

        async def decide(connection: HTTPConnection) -> Decision:
            return await self.decide(connection, permission)

        return decide

    def middleware(self, permission: str) -> Middleware:
        """A middleware for a route or an application of Starlette. The decision is `request.state.clearance`."""
        return Middleware(_Guarded, guard=self, permission=permission)

    async def decide(self, connection: HTTPConnection, permission: str) -> Decision:
        """Asks about a request, and raises `Refused` unless the policy allows it."""
        try:
            principal: Principal | None = await _value(self._principal(connection))
            if principal is None:
                raise _unauthorized()
            place: Place = await _value(self._place(connection))
            decision = self._authorizer.check(principal, permission, place)
            # Only `True` is an allow, whatever another object in the place of the authorizer may answer.
            if decision.allow is not True:
                raise _forbidden(principal, permission, place, decision)
            return decision
        except HTTPException:
            raise
        except Exception as error:
            _log.exception("a request was not answered")
            raise Refused(503, "fault", "Service Unavailable", "no answer could be given: see the log of the server", None) from error


class _Guarded:
    def __init__(self, app: ASGIApp, guard: Guard, permission: str) -> None:
        self._app = app
        self._guard = guard
        self._permission = permission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        try:
            decision = await self._guard.decide(HTTPConnection(scope), self._permission)
        except Refused as refused:
            if scope["type"] == "http":
                return await refused.response()(scope, receive, send)
            # Before a WebSocket is accepted, this is a 403 for the client.
            await receive()
            return await send({"type": "websocket.close", "code": 1008, "reason": refused.body["title"]})
        scope.setdefault("state", {})["clearance"] = decision
        await self._app(scope, receive, send)


async def _value(given: _Maybe[_T]) -> _T:
    if inspect.isawaitable(given):
        return await given
    return given


def _unauthorized() -> Refused:
    detail = "no valid credential: send an API key that is in use, and the project if it has several"
    return Refused(401, "unauthorized", "Unauthorized", detail, 'Bearer realm="clearance"')


def _forbidden(principal: Principal, permission: str, place: Place, decision: Decision) -> Refused:
    return Refused(
        403,
        "forbidden",
        "Forbidden",
        "the credential is valid, and does not hold the permission that this takes",
        'Bearer realm="clearance", error="insufficient_scope"',
        key=principal.id if isinstance(principal, Key) else None,
        permission=permission,
        policy=decision.policy,
        project=place.id if isinstance(place, Project) else None,
        reason=decision.reason,
    )
