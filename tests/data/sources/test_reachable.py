from __future__ import annotations

import http.server
import socket
import threading

import pytest

from tfcnn.data.sources import reachable
from tfcnn.data.sources.source import UnavailableError


class Answer(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def server():
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.mark.parametrize("path", ["/here", "/missing"])
def test_any_status_is_a_sign_of_life(server, path):
    reachable.check(server + path)


def test_closed_port(kept_addresses):
    url = f"http://{kept_addresses(1)[0]}/"
    with pytest.raises(UnavailableError, match=f"^{url} is out of reach: .*refused"):
        reachable.check(url)


def test_silent_server():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnavailableError, match="out of reach"):
            reachable.check(url, seconds=0.5)


def test_hanging_name_server(monkeypatch):
    hang = threading.Event()

    def never_answer(*_, **__):
        hang.wait()
        raise socket.gaierror("the test is over")

    monkeypatch.setattr(socket, "getaddrinfo", never_answer)
    with pytest.raises(UnavailableError, match=r"no answer in 0\.5 s"):
        reachable.check("http://example.invalid/", seconds=0.5)
    hang.set()
