"""An advisory service for Python's and npm's audits: a real HTTP server with one advisory each."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def advisories(vulnerable: str, *, status: int = 200) -> Iterator[str]:
    """The service's URL for the block.

    It knows that all versions of the package `vulnerable` are so. With another status, it
    answers every question with that, as a mirror without advisories does.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            question = json.loads(body)
            if "package" in question:
                self._answer(_osv(question["package"]["name"]))
            else:
                self._answer({name: [_npm(name)] for name in question if name == vulnerable})

        def do_GET(self) -> None:  # npm asks for the packages themselves, and does without
            self.send_error(404)

        def _answer(self, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode() if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    def _osv(name: str) -> dict[str, Any]:  # OSV schema, of what pip-audit reads
        if name != vulnerable:
            return {}
        events = [{"introduced": "0"}, {"fixed": "9999"}]
        package = {"name": name, "ecosystem": "PyPI"}
        affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        return {"vulns": [{"id": "TEST-1", "summary": "bad", "affected": [affected]}]}

    def _npm(name: str) -> dict[str, Any]:
        about = {"id": 1, "url": "https://example.org/1", "title": "bad", "severity": "high"}
        return {"name": name, "vulnerable_versions": "*", **about}

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join()
