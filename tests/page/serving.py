"""The page's server on a database of the tests, asked over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator

from cluster import ROOT, free_tcp_port

STARTS_WITHIN = 60


class Page:
    """A running server."""

    def __init__(self, port: int):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/"

    def get(self, path: str, headers: dict | None = None, **parameters) -> tuple[int, dict, str]:
        """Status, headers and body of an answer."""
        given = {name: value for name, value in parameters.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", f"/{path}?{urllib.parse.urlencode(given)}", headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def ask(self, endpoint: str, **parameters) -> dict:
        """The answer of an endpoint, its rows as dictionaries."""
        status, _, body = self.get(f"api/{endpoint}", **parameters)
        assert status == 200, body
        answer = json.loads(body)
        answer["rows"] = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        return answer

    def refusal(self, endpoint: str, **parameters) -> tuple[int, str]:
        """The status of an error and its sentence."""
        status, _, body = self.get(f"api/{endpoint}", **parameters)
        return status, json.loads(body)["detail"]


@contextlib.contextmanager
def serve(**environment: str) -> Iterator[Page]:
    """A server for as long as the block lasts."""
    port = free_tcp_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", "examples", "--port", str(port), "dashboard.app:app"]
    server = subprocess.Popen(
        [*command, "--log-level", "warning", "--timeout-graceful-shutdown", "1"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait(server, port)
        yield Page(port)
    finally:
        server.terminate()
        server.communicate()


def wait(server: subprocess.Popen, port: int) -> None:
    """Returns when the server answers."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise RuntimeError(f"the page's server does not start:\n{server.communicate()[0]}")
        with contextlib.suppress(OSError):
            Page(port).get("icon.svg")
            return
        time.sleep(0.1)
