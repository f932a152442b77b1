"""The life of keys through the calls that LangWatch's client generates: create, list, read, edit, revoke."""

from datetime import datetime, timedelta, timezone

from langwatch.generated.langwatch_rest_api_client.api.default import (
    create_api_key, get_api_key, list_api_keys, revoke_api_key, update_api_key,
)
from langwatch.generated.langwatch_rest_api_client.models import CreateApiKeyBody, UpdateApiKeyBody

from clearance import ORGANIZATION, TOKEN, temporary
from langwatch_client import plain, rest
from report import Report, arguments

ADMIN = ["ana", "--role", "admin", "--whole-organization"]
MEMBER = ["ben", "--role", "member", "--whole-organization"]


def binding(role, tier, at):
    return {"role": role, "scopeType": tier, "scopeId": at}


ON_ORGANIZATION = binding("ADMIN", "ORGANIZATION", ORGANIZATION)
ON_WEB = binding("MEMBER", "TEAM", "web")
ON_SHOP = binding("CUSTOM", "PROJECT", "shop")
ON_BLOG = binding("VIEWER", "PROJECT", "blog")
INGEST = ["traces:create", "traces:view"]

# What is asked for, and what differs then from a personal key of Ana's with nothing set.
DRAFTS = [
    ({"name": "all", "bindings": [ON_ORGANIZATION]}, {}),
    (
        {"name": "described", "description": "for the laptop", "expiresAt": "2101-02-03T04:05:06.000Z", "bindings": [ON_WEB]},
        {"description": "for the laptop", "expires_at": datetime(2101, 2, 3, 4, 5, 6, tzinfo=timezone.utc)},
    ),
    ({"name": "readonly", "permissionMode": "readonly", "bindings": [ON_BLOG]}, {"permission_mode": "readonly"}),
    (
        {"name": "ingest", "permissionMode": "restricted", "permissions": INGEST, "bindings": [ON_SHOP, ON_BLOG]},
        {"permission_mode": "restricted", "permissions": INGEST},
    ),
    ({"name": "for Ben", "assignedToUserId": "ben", "bindings": [ON_WEB]}, {"assigned_to_user_id": "ben"}),
    (
        {"name": "service", "keyType": "service"},
        {"key_type": "service", "assigned_to_user_id": None, "bindings": [ON_ORGANIZATION]},
    ),
    (
        {"name": "two projects", "keyType": "service", "projectIds": ["shop", "blog"]},
        {
            "key_type": "service",
            "assigned_to_user_id": None,
            "bindings": [binding("ADMIN", "PROJECT", "shop"), binding("ADMIN", "PROJECT", "blog")],
        },
    ),
]

REFUSED = [
    ("no name", 422, {"name": "", "bindings": [ON_WEB]}),
    ("a personal key without a binding", 422, {"name": "bare"}),
    ("permissions without the mode", 422, {"name": "half", "permissions": INGEST, "bindings": [ON_SHOP]}),
    ("the reserved name", 422, {"name": "Langy session", "bindings": [ON_WEB]}),
    ("a project of nobody", 403, {"name": "lost", "bindings": [binding("VIEWER", "PROJECT", "nowhere")]}),
    ("an assignee who is no member", 403, {"name": "lost", "assignedToUserId": "nobody", "bindings": [ON_WEB]}),
]

EDITS = [
    ({"name": "renamed"}, {"name": "renamed"}),
    ({"description": "said"}, {"description": "said"}),
    ({"description": None}, {"description": None}),
    (
        {"permissionMode": "restricted", "permissions": INGEST, "bindings": [ON_SHOP]},
        {"permission_mode": "restricted", "permissions": INGEST, "bindings": [ON_SHOP]},
    ),
    (
        {"permissionMode": "all", "bindings": [ON_WEB, ON_BLOG]},
        {"permission_mode": "all", "permissions": [], "bindings": [ON_WEB, ON_BLOG]},
    ),
    ({}, {}),
]


def expected(identity, draft, differs):
    """What the client makes of a key that was made from a draft."""
    key = {
        "id": identity, "name": draft["name"], "description": None, "key_type": "personal", "assigned_to_user_id": "ana",
        "created_by_user_id": "ana", "permission_mode": "all", "permissions": [], "expires_at": None, "last_used_at": None,
        "revoked_at": None, "bindings": draft.get("bindings"),
    }
    return key | differs


def in_order(bindings):
    """Bindings in one order, in the words of the API."""
    of = lambda item, ours, theirs: item[ours] if ours in item else item[theirs]
    return sorted((item["role"], of(item, "scopeType", "scope_type"), of(item, "scopeId", "scope_id")) for item in bindings)


class Life:
    """One caller, and what is compared."""

    def __init__(self, report, client):
        self.report = report
        self.client = client

    def create(self, draft):
        return create_api_key.sync_detailed(client=self.client, body=CreateApiKeyBody.from_dict(draft))

    def read(self, identity):
        return get_api_key.sync_detailed(identity, client=self.client)

    def edit(self, identity, change):
        return update_api_key.sync_detailed(identity, client=self.client, body=UpdateApiKeyBody.from_dict(change))

    def revoke(self, identity):
        return revoke_api_key.sync_detailed(identity, client=self.client)

    def listed(self):
        answer = list_api_keys.sync_detailed(client=self.client)
        self.report.same("list answers", answer.status_code, 200)
        return [plain(row) for row in answer.parsed.data]

    def refuses(self, what, answer, status):
        self.report.same(f"{what} is refused", answer.status_code, status)

    def holds(self, what, parsed, expected):
        """A key that the client read is the expected one, field by field."""
        got = plain(parsed)
        created = got.pop("created_at", None)
        now = datetime.now(timezone.utc)
        recent = isinstance(created, datetime) and now - timedelta(minutes=10) < created < now + timedelta(minutes=1)
        self.report.holds(f"{what}: created_at is now", recent, repr(created))
        for name, value in expected.items():
            if name == "bindings":
                stored = got.pop("role_bindings", [])
                self.report.same(f"{what}: role_bindings", in_order(stored), in_order(value))
                self.report.holds(f"{what}: each of role_bindings has an id", all(item.get("id") for item in stored), stored)
                self.report.same(f"{what}: bindings", in_order(got.pop("bindings", [])), in_order(value))
            else:
                self.report.same(f"{what}: {name}", got.pop(name, "missing"), value)
        self.report.same(f"{what}: nothing else", got, {})


def creates_and_lists(life):
    """Every kind of key is created, read and listed as it was asked for."""
    made = {}
    for draft, differs in DRAFTS:
        what = f"create `{draft['name']}`"
        answer = life.create(draft)
        if not life.report.holds(f"{what} answers 201", answer.status_code == 201, answer):
                continue
        created = plain(answer.parsed)
        life.report.holds(f"{what}: the token has the form of a token", TOKEN.fullmatch(created["token"]))
        identity = created["api_key"]["id"]
        life.report.same(f"{what}: name", created["api_key"]["name"], draft["name"])
        life.report.same(f"{what}: fields", sorted(created["api_key"]), ["created_at", "id", "name"])
        key = expected(identity, draft, differs)
        made[identity] = (created, key)
        life.holds(f"read `{draft['name']}`", life.read(identity).parsed, key)
    rows = life.listed()
    mine = [row for row in rows if row["id"] in made]
    # A member's list holds their own keys and the organization's service keys, the newest first.
    seen = [identity for identity, (_, key) in made.items() if key["assigned_to_user_id"] != "ben"]
    life.report.same("list: newest first", [row["id"] for row in mine], list(reversed(seen)))
    for row in mine:
        created, key = made[row["id"]]
        what = f"list `{key['name']}`"
        life.report.same(f"{what}: created_at", row.pop("created_at"), created["api_key"]["created_at"])
        # The client's list knows no CUSTOM role: those bindings are left out of it.
        built_in = [item for item in key["bindings"] if item["role"] != "CUSTOM"]
        life.report.same(f"{what}: role_bindings", in_order(row.pop("role_bindings")), in_order(built_in))
        for name in ("id", "name", "description", "expires_at", "last_used_at", "revoked_at"):
            life.report.same(f"{what}: {name}", row.pop(name, "missing"), key[name])
        life.report.same(f"{what}: nothing else", row, {})
    return made


def refuses(life):
    """What may not be is refused with the status that the client knows, and nothing is created."""
    before = {row["id"] for row in life.listed()}
    for what, status, draft in REFUSED:
        life.refuses(what, life.create(draft), status)
    life.refuses("a key that nobody has", life.read("nobody"), 404)
    life.report.same("nothing was created", {row["id"] for row in life.listed()}, before)


def edits_and_revokes(life, identity, key):
    """A key becomes what an edit says, is revoked, and stays readable."""
    for change, differs in EDITS:
        key = key | differs
        answer = life.edit(identity, change)
        if life.report.same(f"edit {change} answers", answer.status_code, 200):
            life.holds(f"edit {change}", answer.parsed, key)
            life.report.same(f"read after edit {change}", plain(life.read(identity).parsed), plain(answer.parsed))
    life.refuses("an edit that takes every binding", life.edit(identity, {"bindings": []}), 422)
    answer = life.revoke(identity)
    life.report.same("revoke", (answer.status_code, plain(answer.parsed)), (200, {"success": True}))
    read = plain(life.read(identity).parsed)
    life.report.holds("a revoked key says when", isinstance(read.get("revoked_at"), datetime), read)
    life.report.holds("a revoked key is not listed", identity not in {row["id"] for row in life.listed()})
    life.refuses("a second revoke", life.revoke(identity), 409)
    life.refuses("an edit of a revoked key", life.edit(identity, {"name": "again"}), 409)


def is_kept_from(others, admins):
    """Someone else sees and changes only what is theirs."""
    identity = next(identity for identity, (_, key) in admins.items() if key["assigned_to_user_id"] == "ana")
    others.refuses("another member's key", others.read(identity), 404)
    others.refuses("a key made by one who may not", others.create({"name": "mine", "bindings": [ON_WEB]}), 403)


def main():
    report = Report("keys")
    with temporary(arguments(__doc__).clearance) as clearance:
        admin, member = clearance.create_key("admin", *ADMIN), clearance.create_key("member", *MEMBER)
        clearance.serve()
        life = Life(report, rest(clearance.url, admin))
        made = creates_and_lists(life)
        refuses(life)
        identity, (_, key) = next(iter(made.items()))
        edits_and_revokes(life, identity, key)
        is_kept_from(Life(report, rest(clearance.url, member)), made)
        stranger = Life(report, rest(clearance.url, made[identity][0]["token"]))
        stranger.refuses("a revoked key as a credential", stranger.read(identity), 401)
        clearance.stop()
    report.end()


if __name__ == "__main__":
    main()
