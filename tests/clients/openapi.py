"""schemathesis against the served description: no fault, and no answer that the description does not name."""

import json
import os
import subprocess
import sys
from pathlib import Path

from clearance import temporary
from report import Report, arguments

HERE = Path(__file__).resolve().parent
OPTIONS = {
    "schemathesis": {"required": True, "help": "the command"},
    "examples": {"type": int, "default": 25, "help": "how many for each operation (25)"},
}

SERVICE = ["ana", "--service", "--role", "admin", "--whole-organization"]

METHODS = {"get", "put", "post", "delete", "patch"}

# What a key asks for; the rest is asked for by an operator, or by anyone.
BY_KEY = "^/(api/|v1/(authorize|me))"

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]


def run(clearance, options, what, headers, filters):
    """Runs it on some operations with one credential, and gives its exit code and what each operation answered."""
    counts = clearance.folder / f"{what}.json"
    command = [
        options.schemathesis, "run", f"{clearance.url}/openapi.json", "--no-color", "--checks", ",".join(CHECKS),
        "--max-examples", str(options.examples), "--generation-database", "none", "--suppress-health-check", "all",
        "--request-timeout", "30", "--continue-on-failure", *filters,
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
        clearance.serve()
        runs = {
            "by a key": ([f"Authorization: Bearer {key}", "X-Project-Id: shop"], ["--include-path-regex", BY_KEY]),
            "by an operator": ([f"Authorization: Bearer {clearance.operator}"], ["--exclude-path-regex", BY_KEY]),
        }
        succeeded, asked = set(), set()
        for what, (headers, filters) in runs.items():
            code, counts = run(clearance, options, what, headers, filters)
            report.same(f"{what}: schemathesis finds nothing", code, 0)
            for operation, answers in sorted(counts.items()):
                print(f"  {what}: {operation}: " + ", ".join(f"{count} x {status}" for status, count in sorted(answers.items())))
                asked.add(operation)
                if any(status.startswith("2") for status in answers):
                    succeeded.add(operation)
        described = clearance.ask("GET", "/openapi.json").json.get("paths", {})
        operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item if method in METHODS}
        report.same("operations that were not asked", operations - asked, set())
        report.holds("most operations succeeded at least once", 2 * len(succeeded) > len(operations), operations - succeeded)
        clearance.stop()
    report.end()


if __name__ == "__main__":
    main()
