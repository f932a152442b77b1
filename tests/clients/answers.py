"""For schemathesis, which loads it: names things that there are, and counts what each operation answered.

A run in which nothing succeeds shows little. The counts go to the file that `ANSWERS` names.
"""

import atexit
import json
import os
from collections import Counter, defaultdict

import schemathesis

COUNTS = defaultdict(Counter)

# Things of the example company, and choices that there are, by the name of the parameter or field that asks for one.
COMPANY = {
    "organization": "acme", "as": "ana", "user": "ana", "assignedToUserId": "ana", "assignee": "ana", "project": "shop",
    "projectIds": "shop", "key": "deploy", "id": "deploy", "permission": "traces:view", "keyType": "service",
    "permissionMode": "all",
}

# What is right only together.
BINDING = {"role": "VIEWER", "scopeType": "ORGANIZATION", "scopeId": "acme"}

# Lists that only some other field makes right.
EMPTY = {"permissions", "categories"}


def known(named, value):
    """Most texts that name something become the name of something that there is."""
    if isinstance(value, dict):
        is_binding = BINDING.keys() == value.keys() and is_chosen(value["scopeId"])
        return BINDING if is_binding else {name: known(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [] if named in EMPTY and len(value) % 2 else [known(named, item) for item in value]
    return COMPANY[named] if named in COMPANY and is_chosen(value) else value


def is_chosen(value):
    """Whether it is one of those texts: always the same of the same text."""
    return isinstance(value, str) and sum(value.encode("utf-8", "surrogatepass")) % 4 != 1


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and context.operation.path.startswith("/api/projects/{id}"):
        return {name: known("project", value) for name, value in path_parameters.items()}
    return known("", path_parameters)


@schemathesis.hook
def map_query(context, query):
    return known("", query)


@schemathesis.hook
def map_body(context, body):
    return known("", body)


@schemathesis.hook
def after_call(context, case, response):
    COUNTS[f"{case.operation.method.upper()} {case.operation.path}"][response.status_code] += 1


@atexit.register
def write():
    with open(os.environ["ANSWERS"], "w") as file:
        json.dump(COUNTS, file)
