"""Counts, for schemathesis, what each operation answered: a run in which nothing succeeds shows nothing.

schemathesis loads this file; the counts go to the file that `ANSWERS` names.
"""

import atexit
import json
import os
from collections import Counter, defaultdict

import schemathesis

COUNTS = defaultdict(Counter)


@schemathesis.hook
def after_call(context, case, response):
    COUNTS[f"{case.operation.method.upper()} {case.operation.path}"][response.status_code] += 1


@atexit.register
def write():
    with open(os.environ["ANSWERS"], "w") as file:
        json.dump(COUNTS, file)
