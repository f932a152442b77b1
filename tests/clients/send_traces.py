"""Sends a trace for every line of standard input, `{"key": ..., "project": ...}`, each from a fresh process of the client.

Answers each line with what the exporter complained of: `[]` when the trace was taken. The endpoint is `LANGWATCH_ENDPOINT`.
"""

import json
import logging
import os
import sys

import langwatch
from opentelemetry import trace


class Complaints(logging.Handler):
    """What the exporter says of a refused trace."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def send(key, project):
    """Does what a program would that is set up by its environment."""
    os.environ["LANGWATCH_API_KEY"] = key
    os.environ.pop("LANGWATCH_PROJECT_ID", None)
    if project is not None:
        os.environ["LANGWATCH_PROJECT_ID"] = project
    complaints = Complaints()
    logging.getLogger("opentelemetry").addHandler(complaints)
    langwatch.setup()
    with langwatch.trace(name="a trace"), langwatch.span(name="a span"):
        pass
    trace.get_tracer_provider().force_flush()
    return complaints.messages


def main():
    # Importing the client takes seconds; a fork of this process has it, and nothing set up yet.
    for line in sys.stdin:
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, json.dumps(send(**json.loads(line))).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            print(answer.read(), flush=True)
        os.wait()


if __name__ == "__main__":
    main()
