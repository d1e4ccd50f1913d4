"""Clients that request pages: the end of an idle connection, and matching answers to requests."""

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.figures.pages import ASKED, VISITORS, Visits
from bench.rush import free_ports, wait_for

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def serving(answers: int) -> Iterator[tuple[int, list[int]]]:
    """Run a server that ends a connection after some answers, when the next request arrives: (port, requests
    answered).
    """
    answered: list[int] = []

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for number in range(answers + 1):
                while line := self.rfile.readline():
                    if line == b"\r\n":
                        break
                else:
                    return
                if number < answers:
                    answered.append(number)  # before the client can know and count
                    self.wfile.write(ANSWER)

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = VISITORS
        daemon_threads = True

    with Server(("127.0.0.1", 0), Connection) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1], answered
        server.shutdown()
        thread.join()


def test_a_connection_that_ends_between_two_requests_is_made_anew() -> None:
    with serving(answers=3) as (port, answered):
        page = Visits(port, "/")
        page()
        page()
    assert len(answered) == 2 * VISITORS * ASKED
    assert page.p99 > 0


def test_a_server_that_answers_nobody_is_an_error() -> None:
    with serving(answers=0) as (port, _answered), pytest.raises((ConnectionError, EOFError)):
        Visits(port, "/")()


def test_nobody_takes_the_answers_of_another_run() -> None:
    first, second = free_ports(2)
    assert first != second
    with serving(answers=1) as (port, _answered):
        ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
        ended.wait()
        with pytest.raises(RuntimeError, match="has ended with 3"):
            wait_for(f"http://127.0.0.1:{port}/", ended)
