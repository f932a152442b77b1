"""nginx with the example configuration."""

import socket
import subprocess
import time
from pathlib import Path

from clearance import PATIENCE, ROOT

EXAMPLE = ROOT / "examples/nginx/nginx.conf"

# Where the example has Clearance, the service and nginx itself.
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


class Nginx:
    """In front of a service, with Clearance as its gate."""

    def __init__(self, binary, folder, clearance, service):
        self.folder = Path(folder)
        self.address = f"127.0.0.1:{free_port()}"
        text = EXAMPLE.read_text()
        http = HTTP.format(folder=self.folder)
        for place, own in (("http {\n", http), (CLEARANCE, clearance), (SERVICE, service), (FRONT, self.address)):
            if place not in text:
                raise RuntimeError(f"{EXAMPLE.relative_to(ROOT)} does not say `{place.strip()}`")
            text = text.replace(place, own)
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(text)
        main = MAIN.format(folder=self.folder)
        command = [binary, "-p", str(self.folder), "-e", f"{self.folder}/error.log", "-c", str(configuration), "-g", main]
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
