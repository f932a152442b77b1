"""Measures the package over the example company: see `bench`.

Each question begins with ids as strings, as it does in a program: the names of a principal and a place are made for it. Cold is made cold by
a freshly loaded authorizer, of which each pair of a principal and a place is asked once; what is loaded before is not timed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from clearance import Authorizer, Key, Organization, Place, Principal, Project, ProjectKey, Team, User

COMPANY = Path(__file__).resolve().parents[2] / "examples/company/directory.json"
PERMISSION = "traces:view"
NOW = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=1_780_315_200_000)
ROUNDS = 30
LEAST_NS = 500_000_000

START = """
import sys, time
begin = time.perf_counter_ns()
from clearance import Authorizer, Key, Project
cache = sys.argv[2] if len(sys.argv) > 2 else None
authorizer = Authorizer.load(open(sys.argv[1], encoding="utf-8").read(), code_cache=cache)
authorizer.check(Key("ci"), "traces:view", Project("shop"))
millis = (time.perf_counter_ns() - begin) / 1e6
memory = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(millis, int(memory.split()[1]) / 1024)
"""


def pairs(directory: dict[str, Any]) -> list[tuple[Callable[[str], Principal], str, Callable[[str], Place], str]]:
    principals: list[tuple[Callable[[str], Principal], str]] = [(User, row["id"]) for row in directory["users"]]
    principals += [(Key, row["id"]) for row in directory["keys"]]
    principals += [(ProjectKey, row["id"]) for row in directory["projects"]]
    places: list[tuple[Callable[[str], Place], str]] = [(Organization, row["id"]) for row in directory["organizations"]]
    places += [(Team, row["id"]) for row in directory["teams"]]
    places += [(Project, row["id"]) for row in directory["projects"]]
    return [(*principal, *place) for principal in principals for place in places]


def repeated(one_round: Callable[[], None], questions: int) -> float:
    one_round()
    rounds, begin = 0, perf_counter_ns()
    while (elapsed := perf_counter_ns() - begin) < LEAST_NS:
        one_round()
        rounds += 1
    return elapsed / rounds / questions


def start(*arguments: str) -> tuple[float, float]:
    """The median of some processes."""
    results = []
    for _ in range(5):
        printed = subprocess.run([sys.executable, "-c", START, str(COMPANY), *arguments], check=True, capture_output=True, text=True)
        millis, memory = printed.stdout.split()
        results.append((float(millis), float(memory)))
    return statistics.median(millis for millis, _ in results), statistics.median(memory for _, memory in results)


def main() -> None:
    text = COMPANY.read_text(encoding="utf-8")
    asked = pairs(json.loads(text))

    def check_all(authorizer: Authorizer) -> None:
        check = authorizer.check
        for who, id, where, at in asked:
            check(who(id), PERMISSION, where(at), now=NOW)

    def effective_all() -> None:
        for who, id, where, at in asked:
            warm.effective(who(id), where(at), now=NOW)

    def explain_all() -> None:
        for who, id, where, at in asked:
            warm.explain(who(id), PERMISSION, where(at), now=NOW)

    def batch() -> None:
        warm.check_many([(who(id), PERMISSION, where(at)) for who, id, where, at in thousand], now=NOW)

    cold = []
    for _ in range(ROUNDS):
        fresh = Authorizer.load(text)
        begin = perf_counter_ns()
        check_all(fresh)
        cold.append((perf_counter_ns() - begin) / len(asked))
    warm = Authorizer.load(text)
    thousand = [asked[at % len(asked)] for at in range(1000)]
    with tempfile.TemporaryDirectory() as cache:
        start(cache)
        start_kept, _ = start(cache)
    start_nothing, memory = start()
    numbers = {
        "coldNs": statistics.median(cold),
        "warmNs": repeated(lambda: check_all(warm), len(asked)),
        "effectiveNs": repeated(effective_all, len(asked)),
        "explainNs": repeated(explain_all, len(asked)),
        "batchNs": repeated(batch, len(thousand)),
        "startMs": start_nothing,
        "startKeptMs": start_kept,
        "memoryMb": memory,
    }
    print(json.dumps({"language": "python", **{name: round(value, 1) for name, value in numbers.items()}}))


if __name__ == "__main__":
    main()
