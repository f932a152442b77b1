"""The command under test, with a database of its own."""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
COMPANY = ROOT / "examples/company/directory.json"
ORGANIZATION = "acme"

# What an application shows that asks on behalf of signed-in users.
SESSION_SECRET = "a-session-secret-for-tests"

# Long enough for a machine that builds something else meanwhile.
PATIENCE = 60

TOKEN = re.compile(r"\b(?:sk|ik|pat)-lw-[0-9A-Za-z]{16}_[0-9A-Za-z]{48}\b")
LISTENING = re.compile(r"^listening on (http://\S+)$", re.MULTILINE)
FOR_SESSIONS = re.compile(r"^listening on (http://\S+) for signed-in users$", re.MULTILINE)


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Clearance:
    """The command, the folder that its database lies in, and the server while one runs."""

    binary: str
    folder: Path
    url: str = ""
    operator: str = ""
    process: subprocess.Popen = None
    said: list = field(default_factory=list)

    @property
    def database(self):
        return self.folder / "clearance.db"

    @property
    def environment(self):
        secrets = {"CLEARANCE_PEPPER": "a pepper for tests and nothing else", "CLEARANCE_SESSION_SECRET": SESSION_SECRET}
        return {**os.environ, **secrets}

    def run(self, *arguments):
        """Runs one command to its end, and gives what it printed."""
        command = [self.binary, *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise RuntimeError(f"`{' '.join(command)}` exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def init(self):
        """Makes the database from the example company."""
        printed = self.run("init", "--json", "--directory", COMPANY, "--database", self.database)
        self.operator = json.loads(printed)["operator"]["token"]

    def create_key(self, name, user, *options):
        """Creates a key on the command line, while no server runs, and gives its token."""
        common = ("--database", self.database, "--organization", ORGANIZATION, "--name", name, "--as", user)
        return json.loads(self.run("key", "create", "--json", *common, *options))["token"]

    def begin(self, *arguments):
        """Starts the server without waiting for it."""
        command = [self.binary, "serve", "--database", str(self.database), "--listen", "127.0.0.1:0", "--drain", "0", *arguments]
        self.said = []
        self.process = subprocess.Popen(
            command, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        # Read all the time: a server that waits for its reader answers nobody.
        threading.Thread(target=self._listen, args=(self.process, self.said), daemon=True).start()

    def wait(self):
        """Waits until the server is ready."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := LISTENING.search("".join(self.said)):
                self.url = found[1]
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        raise RuntimeError("the server did not start:\n" + "".join(self.said))

    def session_url(self):
        """Where signed-in users are served, once the server has said so."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := FOR_SESSIONS.search("".join(self.said)):
                return found[1]
            time.sleep(0.005)
        raise RuntimeError("the server does not serve signed-in users:\n" + "".join(self.said))

    def serve(self, *arguments):
        """Starts the server and waits until it is ready."""
        self.begin(*arguments)
        self.wait()

    @staticmethod
    def _listen(process, said):
        for line in process.stdout:
            said.append(line)

    def kill(self):
        """Ends the server with no chance to do anything more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self):
        """Asks the server to stop, and wants it to say that all is well."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        if code != 0:
            raise RuntimeError(f"the server stopped with {code}:\n{''.join(self.said)}")

    def ask(self, method, path, token=None, body=None, **headers):
        """One request on a connection of its own."""
        connection = connect(self.url)
        try:
            return ask(connection, method, path, token, body, **headers)
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.kill()


def temporary(binary):
    """A database in a folder that goes when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="clearance-")
    made = Clearance(binary, Path(folder.name))
    made.kept = folder
    made.init()
    return made


def connect(url):
    """A connection that is kept open between requests."""
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)


def ask(connection, method, path, token=None, body=None, **headers):
    """One request; a name such as `X_Project_Id` becomes a header."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        headers.setdefault("Authorization", f"Bearer {token}")
    if body is not None:
        body = json.dumps(body)
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def basic(project, token):
    """The header in which a project and a token stand together."""
    return "Basic " + base64.b64encode(f"{project}:{token}".encode()).decode()
