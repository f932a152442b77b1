"""Projects, their keys and the check at sign-in, through LangWatch's client."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from unittest.mock import patch

import langwatch
from langwatch.generated.langwatch_rest_api_client.api.default import (
    get_api_me_project, get_project_api_key, list_projects, regenerate_project_api_key,
)
from langwatch.projects import ProjectsFacade

from clearance import COMPANY, temporary
from langwatch_client import plain, rest
from report import Report, arguments

ADMIN = ["ana", "--role", "admin", "--whole-organization"]
VIEWER = ["ben", "--role", "viewer", "--project", "blog"]

SHOP = {"id": "shop", "name": "Shop", "slug": "shop", "team_id": "web"}
BLOG = {"id": "blog", "name": "Blog", "slug": "blog", "team_id": "web"}
LAKE = {"id": "lake", "name": "Lake", "slug": "lake", "team_id": "data"}


def lists(report, who, client, expected):
    """The projects that a credential can see, and the pages that they stand on."""
    answer = list_projects.sync_detailed(client=client)
    report.same(f"{who}: list of projects answers", answer.status_code, 200)
    page = plain(answer.parsed)
    report.same(f"{who}: projects", sorted(page["data"], key=lambda row: row["id"]), expected)
    report.same(f"{who}: pagination", page["pagination"], {"page": 1, "limit": 50, "total": len(expected)})
    ids = [row["id"] for row in page["data"]]
    ones = [plain(list_projects.sync(client=client, page=number, limit=1)) for number in range(1, len(ids) + 2)]
    report.same(f"{who}: one on each page", [[row["id"] for row in one["data"]] for one in ones], [[one] for one in ids] + [[]])
    walked = [row["id"] for row in ProjectsFacade(client).list(limit=2)]
    report.same(f"{who}: the pages walked", walked, ids)


def keeps_its_key(report, url, admin, viewer):
    """A project's key is read, works, is rotated, and its old value is dead at once."""
    client = rest(url, admin)
    first = get_project_api_key.sync(client=client, id="shop").api_key
    report.holds("the project's key is the one of the directory", f'"{first}"' in COMPANY.read_text())
    here = {"id": "shop", "name": "Shop", "slug": "shop", "is_personal": False}
    report.same("the project of its key", plain(get_api_me_project.sync(client=rest(url, first))), here)

    client = rest(url, viewer)
    report.same("a viewer may not read it", get_project_api_key.sync_detailed("shop", client=client).status_code, 403)
    report.same("a viewer may not rotate it", regenerate_project_api_key.sync_detailed("shop", client=client).status_code, 403)
    client = rest(url, admin)
    report.same("the key of no project", get_project_api_key.sync_detailed("nowhere", client=client).status_code, 404)

    answer = regenerate_project_api_key.sync_detailed("shop", client=client)
    report.same("rotate answers", answer.status_code, 200)
    second = answer.parsed.api_key
    report.holds("a rotated key is another", second != first and second.startswith("sk-lw-"))
    report.same("the rotated key is read", get_project_api_key.sync("shop", client=client).api_key, second)
    report.same("the project of the rotated key", plain(get_api_me_project.sync(client=rest(url, second))), here)
    dead = get_api_me_project.sync_detailed(client=rest(url, first))
    report.same("the old key is dead", dead.status_code, 401)
    report.holds("the refusal has a code and a message", dead.parsed.error and dead.parsed.message, repr(dead.parsed))
    return first, second


def signs_in(report, url, alive, dead):
    """`langwatch.login` takes a key that is valid, and only such a one."""
    rest(url, alive)
    # The package's function of the same name hides the module.
    module = sys.modules["langwatch.login"]
    langwatch.setup(skip_open_telemetry_setup=True)
    tries = [("a valid key", alive, None), ("a key that was rotated", dead, ValueError), ("no key at all", "x", ValueError)]
    for what, key, expected in tries:
        with patch.object(module, "getpass", return_value=key), redirect_stdout(StringIO()):
            try:
                langwatch.login(relogin=True)
                got = None
            except ValueError as error:
                got = type(error)
        report.same(f"sign-in with {what}", got, expected)


def main():
    report = Report("projects")
    with temporary(arguments(__doc__).clearance) as clearance:
        admin, viewer = clearance.create_key("admin", *ADMIN), clearance.create_key("viewer", *VIEWER)
        clearance.serve()
        lists(report, "admin", rest(clearance.url, admin), [BLOG, LAKE, SHOP])
        lists(report, "viewer", rest(clearance.url, viewer), [BLOG])
        personal = plain(get_api_me_project.sync(client=rest(clearance.url, admin, "lake")))
        report.same("the project that is named", personal, {"id": "lake", "name": "Lake", "slug": "lake", "is_personal": False})
        first, second = keeps_its_key(report, clearance.url, admin, viewer)
        signs_in(report, clearance.url, second, first)
        clearance.stop()
    report.end()


if __name__ == "__main__":
    main()
