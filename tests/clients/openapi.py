"""schemathesis against the served description: no fault, and no answer that the description does not name."""

import json
import os
import subprocess
import sys
from pathlib import Path

from clearance import SESSION_SECRET, temporary
from report import Report, arguments

HERE = Path(__file__).resolve().parent
OPTIONS = {
    "schemathesis": {"required": True, "help": "the command"},
    "examples": {"type": int, "default": 25, "help": "how many for each operation (25)"},
    # Always the same unless asked otherwise, so that a change is what makes it fail.
    "seed": {"type": int, "default": 1, "help": "where they begin (1)"},
}

SERVICE = ["ana", "--service", "--role", "admin", "--whole-organization"]

METHODS = {"get", "put", "post", "delete", "patch"}

# What a key asks for, and what an application asks for on behalf of a user; the rest is for operators, or for anyone.
BY_KEY = "^/(api/|v1/(authorize|me))"
BY_SESSION = "^/v1/session/"
REVOKING = "^/v1/operators/"

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]


def run(clearance, options, what, url, headers, filters):
    """Runs it on some operations with one credential, and gives its exit code and what each operation answered."""
    counts = clearance.folder / f"{what}.json"
    command = [
        options.schemathesis, "run", f"{clearance.url}/openapi.json", "--url", url, "--no-color", "--checks", ",".join(CHECKS),
        "--max-examples", str(options.examples), "--generation-database", "none", "--suppress-health-check", "all",
        "--request-timeout", "30", "--continue-on-failure", "--seed", str(options.seed), *filters,
    ]
    for header in headers:
        command += ["--header", header]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "answers.py"), "ANSWERS": str(counts)}
    done = subprocess.run(command, env=environment, cwd=clearance.folder, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode, json.loads(counts.read_text()) if counts.exists() else {}


def main():
    options = arguments(__doc__, **OPTIONS)
    report = Report("openapi")
    with temporary(options.clearance) as clearance:
        key = clearance.create_key("service", *SERVICE)
        clearance.serve("--session-listen", "127.0.0.1:0", "--session-peer", "127.0.0.1")
        bearer = "Authorization: Bearer "
        runs = {
            "by a key": (clearance.url, [bearer + key, "X-Project-Id: shop"], ["--include-path-regex", BY_KEY]),
            "by an operator": (clearance.url, [bearer + clearance.operator], ["--exclude-path-regex", f"{BY_KEY}|{BY_SESSION}|{REVOKING}"]),
            "for a user": (
                clearance.session_url(),
                [f"X-Clearance-Session-Secret: {SESSION_SECRET}", "X-Clearance-User: ana"],
                ["--include-path-regex", BY_SESSION],
            ),
            # Last, because it comes to revoke itself.
            "revoking operators": (clearance.url, [bearer + clearance.operator], ["--include-path-regex", REVOKING]),
        }
        succeeded, asked = set(), set()
        for what, (url, headers, filters) in runs.items():
            code, counts = run(clearance, options, what, url, headers, filters)
            report.same(f"{what}: schemathesis finds nothing", code, 0)
            for operation, answers in sorted(counts.items()):
                print(f"  {what}: {operation}: " + ", ".join(f"{count} x {status}" for status, count in sorted(answers.items())))
                asked.add(operation)
                if any(status.startswith("2") for status in answers):
                    succeeded.add(operation)
        described = clearance.ask("GET", "/openapi.json").json.get("paths", {})
        operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item if method in METHODS}
        # schemathesis leaves out the description itself.
        report.same("operations that were not asked", operations - asked, {"GET /openapi.json"})
        report.holds("most operations succeeded at least once", 4 * len(succeeded) > 3 * len(operations), operations - succeeded)
        clearance.stop()
    report.end()


if __name__ == "__main__":
    main()
