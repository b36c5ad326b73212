"""An issuer's JWKS address: a real HTTP server, whose answer the test changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class KeyServer:
    """What it answers, and how often it was asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.status = 200
        self.requests = 0
        self.url = ""
        self.body = b""
        self.publish(*keys)

    def publish(self, *keys: dict[str, Any]) -> None:
        """Answer with these from now on."""
        self.body = json.dumps({"keys": keys}).encode()


@contextmanager
def serving(server: KeyServer) -> Iterator[KeyServer]:
    """Let `server` answer at `server.url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests += 1
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.url = f"http://127.0.0.1:{http.server_address[1]}/jwks.json"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
