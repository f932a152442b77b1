"""Threads that ask while versions follow each other."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from clearance import Authorizer, Decision, Key, Project
from conftest import NOW, component

THREADS = 3
SWAPS = 10
PERMISSIONS = ("prompts:view", "prompts:update", "project:delete", "traces:view")


def test_no_check_fails_or_mixes_versions_while_they_are_swapped(authorizer: Authorizer) -> None:
    def decide(permission: str) -> Decision:
        return authorizer.check(Key("ci"), permission, Project("shop"), now=NOW)

    policies = [component("strict"), component("langwatch")]
    wanted: dict[str, dict[str, Decision]] = {}
    for policy in policies:
        authorizer.swap(policy)
        decisions = {permission: decide(permission) for permission in PERMISSIONS}
        wanted[decisions["prompts:view"].policy] = decisions
    assert len(wanted) == 2
    stop = threading.Event()
    begin = threading.Barrier(THREADS + 1, timeout=600)

    def ask() -> tuple[int, int]:
        begin.wait()
        asked = mixed = 0
        while asked == 0 or not stop.is_set():
            for permission in PERMISSIONS:
                decision = decide(permission)
                mixed += wanted[decision.policy][permission] != decision
                asked += 1
            for decision, permission in zip(
                authorizer.check_many([(Key("ci"), permission, Project("shop")) for permission in PERMISSIONS], now=NOW), PERMISSIONS
            ):
                mixed += wanted[decision.policy][permission] != decision
            authorizer.explain(Key("ci"), "prompts:view", Project("shop"), now=NOW)
        return asked, mixed

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(ask) for _ in range(THREADS)]
        try:
            begin.wait()
            for at in range(SWAPS):
                authorizer.swap(policies[at % 2])
        finally:
            stop.set()
        # An error of a thread is raised here.
        results = [thread.result(timeout=600) for thread in running]
    assert all(asked > 0 for asked, _ in results)
    assert sum(mixed for _, mixed in results) == 0


def test_other_threads_run_while_a_policy_is_compiled(authorizer: Authorizer) -> None:
    policies = [component("strict"), component("langwatch")]
    turns = 0
    stop = threading.Event()

    def turn() -> None:
        nonlocal turns
        while not stop.wait(0.0001):
            turns += 1

    interval = sys.getswitchinterval()
    # Nobody is made to let others run, so `turns` stands still unless the call itself lets them.
    sys.setswitchinterval(1000)
    try:
        with ThreadPoolExecutor(1) as pool:
            turning = pool.submit(turn)
            try:
                # A busy machine may not come to it in the first.
                for at in range(100):
                    before = turns
                    authorizer.swap(policies[at % 2])
                    if turns > before:
                        break
                else:
                    raise AssertionError("no other thread ran")
            finally:
                stop.set()
            turning.result(timeout=600)
    finally:
        sys.setswitchinterval(interval)
