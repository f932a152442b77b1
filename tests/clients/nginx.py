"""nginx with the example configuration."""

import socket
import subprocess
import time
from pathlib import Path

from clearance import PATIENCE, ROOT

EXAMPLE = ROOT / "examples/nginx/clearance.conf"

# What a distribution's own configuration says around the files of its `conf.d`, without the places that only root may write.
AROUND = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/clearance.conf;
}}
"""


class Nginx:
    """In front of a service, with Clearance as its gate."""

    def __init__(self, binary, folder, clearance, service):
        self.folder = Path(folder)
        self.address = f"127.0.0.1:{free_port()}"
        text = EXAMPLE.read_text()
        for place, address in (("127.0.0.1:8080", self.address), ("127.0.0.1:7300", clearance), ("127.0.0.1:3000", service)):
            if place not in text:
                raise RuntimeError(f"{EXAMPLE.relative_to(ROOT)} does not name `{place}`")
            text = text.replace(place, address)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "clearance.conf").write_text(text)
        (self.folder / "nginx.conf").write_text(AROUND.format(folder=self.folder))
        command = [binary, "-p", str(self.folder), "-e", f"{self.folder}/error.log", "-c", f"{self.folder}/nginx.conf"]
        self.process = subprocess.Popen(command)
        self._wait()

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
        raise RuntimeError("nginx did not start:\n" + self.errors())

    def errors(self):
        """What nginx complained of."""
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)


def free_port():
    """A port that was free a moment ago: nginx cannot choose one and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
