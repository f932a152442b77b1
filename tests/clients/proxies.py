"""Reverse proxies with the example configurations, each in front of a service, with Clearance as its gate."""

import os
import socket
import subprocess
import time
from pathlib import Path

from clearance import PATIENCE, ROOT

# Where the examples have Clearance, the service and the proxy itself.
CLEARANCE, SERVICE, FRONT = "127.0.0.1:8080", "127.0.0.1:9000", "127.0.0.1:8000"

# What the distribution has in places that only root may write.
MAIN = "daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
HTTP = """http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""


class Proxy:
    """A proxy with the files of an example, at the addresses of a test."""

    # The files of the example; the first one is the configuration.
    files = ()

    def __init__(self, binary, folder, clearance, service):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        texts = {ROOT / "examples" / file: (ROOT / "examples" / file).read_text() for file in self.files}
        for place, own in ((CLEARANCE, clearance), (SERVICE, service), (FRONT, self.address), *self.replaced()):
            if not any(place in text for text in texts.values()):
                raise RuntimeError(f"{', '.join(self.files)}: nothing says `{place.strip()}`")
            texts = {path: text.replace(place, own) for path, text in texts.items()}
        for path, text in texts.items():
            (self.folder / path.name).write_text(text)
        with open(self.folder / "error.log", "wb") as log:
            self.process = subprocess.Popen(
                self.command(binary), cwd=self.folder, stdout=log, stderr=log, env={**os.environ, **self.environment(binary)}
            )
        self._wait()

    @property
    def configuration(self):
        return str(self.folder / Path(self.files[0]).name)

    def replaced(self):
        """What else a test replaces in the files."""
        return ()

    def environment(self, _binary):
        return {}

    @property
    def url(self):
        return f"http://{self.address}"

    def _wait(self):
        host, port = self.address.split(":")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{type(self).__name__} did not start:\n" + self.errors())

    def errors(self):
        """What the proxy complained of."""
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)


class Nginx(Proxy):
    """nginx."""

    files = ("nginx/nginx.conf",)

    def replaced(self):
        return (("http {\n", HTTP.format(folder=self.folder)),)

    def command(self, binary):
        main = MAIN.format(folder=self.folder)
        return [binary, "-p", str(self.folder), "-e", f"{self.folder}/error.log", "-c", self.configuration, "-g", main]


class Caddy(Proxy):
    """Caddy."""

    files = ("caddy/Caddyfile",)

    def environment(self, _binary):
        return {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}

    def command(self, binary):
        return [binary, "run", "--adapter", "caddyfile", "--config", self.configuration]


class Haproxy(Proxy):
    """HAProxy."""

    files = ("haproxy/haproxy.cfg", "haproxy/clearance.lua")

    def environment(self, binary):
        # Unpacked and not installed, it has its libraries beside it.
        libraries = [str(path) for path in Path(binary).resolve().parents[1].glob("lib/*-linux-gnu")]
        return {"LD_LIBRARY_PATH": ":".join(libraries)}

    def command(self, binary):
        return [binary, "-db", "-f", self.configuration]


def free_port():
    """A port that was free a moment ago: a proxy cannot choose one and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
