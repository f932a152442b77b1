"""A dummy service that remembers who asked for what."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    """A request that arrived."""

    method: str
    path: str
    headers: list
    body: bytes

    def header(self, name):
        """Every value of a header."""
        return [value for other, value in self.headers if other.lower() == name.lower()]


class Quiet(ThreadingHTTPServer):
    """A proxy that ends is no fault of the service."""

    def handle_error(self, *_):
        pass


class Service:
    """Answers every request with 200 and an empty object, on a port of its own."""

    def __init__(self):
        self.seen = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.seen.append(Seen(self.command, self.path, self.headers.items(), body))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        host, port = self.server.server_address
        return f"{host}:{port}"

    def take(self):
        """What arrived since the last time."""
        seen, self.seen = self.seen, []
        return seen
