"""The guards, in the real frameworks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from clearance import Authorizer, Decision, Key, Principal, Project
from clearance.starlette import Guard, Refused, answer_refused

TOKENS = {"ci-token": Key("ci"), "old-token": Key("laptop")}
RAN: list[str] = []


def who(connection: HTTPConnection) -> Principal | None:
    token = connection.headers.get("x-auth-token", "")
    if token == "broken":
        raise RuntimeError("the table of tokens is gone")
    if token == "slow":
        raise HTTPException(429, "too many requests")
    return TOKENS.get(token)


async def where(connection: HTTPConnection) -> Project:
    return Project(connection.path_params["project"])


async def shown(request: Request) -> Response:
    RAN.append(request.url.path)
    return JSONResponse({"binding": request.state.clearance.binding})


async def spoken(socket: WebSocket) -> None:
    RAN.append(socket.url.path)
    await socket.accept()
    await socket.send_json({"binding": socket.state.clearance.binding})
    await socket.close()


def starlette(guard: Guard) -> Any:
    return Starlette(
        routes=[
            Route("/projects/{project}/prompts", shown, middleware=[guard.middleware("prompts:view")]),
            Route("/projects/{project}", shown, methods=["DELETE"], middleware=[guard.middleware("project:delete")]),
            WebSocketRoute("/projects/{project}/live", spoken, middleware=[guard.middleware("prompts:view")]),
            WebSocketRoute("/projects/{project}/end", spoken, middleware=[guard.middleware("project:delete")]),
            Mount("/nested/{project}", routes=[Route("/prompts", shown)], middleware=[guard.middleware("prompts:view")]),
        ]
    )


def fastapi(guard: Guard) -> Any:
    app = FastAPI()
    app.add_exception_handler(Refused, answer_refused)

    @app.get("/projects/{project}/prompts")
    def prompts(project: str, decision: Decision = Depends(guard("prompts:view"))) -> dict[str, str | None]:
        RAN.append(project)
        return {"binding": decision.binding}

    @app.delete("/projects/{project}", dependencies=[Depends(guard("project:delete"))])
    def delete(project: str) -> None:
        RAN.append(project)

    return app


@pytest.fixture(params=[starlette, fastapi])
def client(request: pytest.FixtureRequest, authorizer: Authorizer) -> Iterator[TestClient]:
    RAN.clear()
    with TestClient(request.param(Guard(authorizer, principal=who, place=where))) as client:
        yield client


@pytest.fixture
def starlette_client(authorizer: Authorizer) -> Iterator[TestClient]:
    RAN.clear()
    with TestClient(starlette(Guard(authorizer, principal=who, place=where))) as client:
        yield client


def refused(response: Any, status: int, word: str) -> dict[str, Any]:
    assert response.status_code == status and RAN == []
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["type"], body["status"]) == (f"urn:clearance:problem:{word}", status)
    assert body["title"] and body["detail"]
    return body


def test_what_is_allowed_runs_and_knows_the_decision(client: TestClient) -> None:
    response = client.get("/projects/shop/prompts", headers={"x-auth-token": "ci-token"})
    assert response.status_code == 200 and response.json() == {"binding": "b04"} and len(RAN) == 1


def test_nobody_known_is_401(client: TestClient) -> None:
    for headers in ({}, {"x-auth-token": "stolen"}):
        response = client.get("/projects/shop/prompts", headers=headers)
        assert set(refused(response, 401, "unauthorized")) == {"type", "title", "status", "detail"}
        assert response.headers["www-authenticate"] == 'Bearer realm="clearance"'


def test_a_denial_is_403_with_its_reason(client: TestClient) -> None:
    response = client.delete("/projects/shop", headers={"x-auth-token": "ci-token"})
    body = refused(response, 403, "forbidden")
    assert response.headers["www-authenticate"] == 'Bearer realm="clearance", error="insufficient_scope"'
    assert (body["reason"], body["permission"], body["key"], body["project"]) == ("owner-lacks", "project:delete", "ci", "shop")
    assert body["policy"].startswith("sha256:") and response.headers["x-clearance-policy"] == body["policy"]
    revoked = client.get("/projects/shop/prompts", headers={"x-auth-token": "old-token"})
    assert refused(revoked, 403, "forbidden")["reason"] == "key-revoked"
    unknown = client.get("/projects/nowhere/prompts", headers={"x-auth-token": "ci-token"})
    assert refused(unknown, 403, "forbidden")["reason"] == "place-unknown"


def test_no_answer_is_503_and_the_log_says_why(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "clearance"):
        body = refused(client.get("/projects/shop/prompts", headers={"x-auth-token": "broken"}), 503, "fault")
    assert "table" not in str(body) and "the table of tokens is gone" in caplog.text


def test_an_answer_of_the_user_is_passed_on(client: TestClient) -> None:
    response = client.get("/projects/shop/prompts", headers={"x-auth-token": "slow"})
    assert response.status_code == 429 and RAN == []


@pytest.mark.parametrize("app", [starlette, fastapi])
def test_what_is_not_a_decision_lets_nothing_through(app: Any) -> None:
    class Careless:
        def check(self, *question: object) -> object:
            return type("Answer", (), {"allow": "yes", "reason": "r", "policy": "p"})()

    class Broken:
        def check(self, *question: object) -> object:
            return None

    for authorizer, status in ((Careless(), 403), (Broken(), 503)):
        RAN.clear()
        guard = Guard(authorizer, principal=who, place=where)  # type: ignore[arg-type]
        with TestClient(app(guard)) as client:
            assert client.get("/projects/shop/prompts", headers={"x-auth-token": "ci-token"}).status_code == status
        assert RAN == []


def test_without_the_handler_fastapi_still_refuses(authorizer: Authorizer) -> None:
    RAN.clear()
    app = fastapi(Guard(authorizer, principal=who, place=where))
    del app.exception_handlers[Refused]
    with TestClient(app) as client:
        assert client.delete("/projects/shop", headers={"x-auth-token": "ci-token"}).status_code == 403
        assert client.delete("/projects/shop").status_code == 401
    assert RAN == []


def test_a_mount_is_guarded_as_a_whole(starlette_client: TestClient) -> None:
    refused(starlette_client.get("/nested/shop/prompts"), 401, "unauthorized")
    assert starlette_client.get("/nested/shop/prompts", headers={"x-auth-token": "ci-token"}).json() == {"binding": "b04"}


def test_a_websocket_is_guarded_before_it_is_accepted(starlette_client: TestClient) -> None:
    headers = {"x-auth-token": "ci-token"}
    with starlette_client.websocket_connect("/projects/shop/live", headers=headers) as socket:
        assert socket.receive_json() == {"binding": "b04"}
    RAN.clear()
    for path, sent in (("/projects/shop/end", headers), ("/projects/shop/live", {})):
        with pytest.raises(WebSocketDisconnect) as caught, starlette_client.websocket_connect(path, headers=sent):
            raise AssertionError
        assert caught.value.code == 1008
    assert RAN == []
