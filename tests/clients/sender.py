"""What sends traces: LangWatch's clients in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class PythonSender:
    """LangWatch's client for Python."""

    def __init__(self, url):
        environment = {**os.environ, "LANGWATCH_ENDPOINT": url}
        command = [sys.executable, str(HERE / "send_traces.py")]
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, key, project=None):
        """Sends a trace, and gives what the client complained of."""
        self.process.stdin.write(json.dumps({"key": key, "project": project}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class NodeSender:
    """LangWatch's client for Node, from the folder that it is installed in."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = Path(folder)

    def send(self, key):
        """Sends a trace and an evaluation, and gives what the client complained of, and the status of the latter."""
        environment = {**os.environ, "LANGWATCH_ENDPOINT": self.url, "LANGWATCH_API_KEY": key}
        environment.pop("LANGWATCH_PROJECT_ID", None)
        command = ["node", str(self.folder / "send_trace.mjs")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=self.folder)
        return json.loads(done.stdout.splitlines()[-1])
