"""The network that can be cut does what it says: a fault that does not happen proves nothing."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from faults.network import Network


class Echo(socketserver.BaseRequestHandler):
    """Answers with the text that it receives, and remembers it."""

    heard: list[bytes]

    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while data := self.request.recv(100):
                self.heard.append(data)
                self.request.sendall(data)


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def network(heard: list[bytes]) -> Iterator[Network]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Heard", (Echo,), {"heard": heard})) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        made = Network(server.server_address[1])
        yield made
        made.close()
        server.shutdown()


@pytest.fixture
def line(network: Network) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", network.port), timeout=20) as made:
        made.sendall(b"hello")
        assert made.recv(100) == b"hello"
        yield made


def test_a_cut_resets_every_connection_and_new_ones(network: Network, line: socket.socket) -> None:
    network.fail("cut")
    with pytest.raises(ConnectionResetError):
        line.recv(100)
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", network.port), timeout=20) as new:
        new.recv(100)  # where it is not reset while it connects
    network.mend()
    with socket.create_connection(("127.0.0.1", network.port), timeout=20) as new:
        new.sendall(b"again")
        assert new.recv(100) == b"again"


def test_a_stall_loses_nothing(network: Network, line: socket.socket, heard: list[bytes]) -> None:
    network.fail("stall")
    line.sendall(b"later")
    line.settimeout(0.1)
    with pytest.raises(TimeoutError):
        line.recv(100)
    assert heard == [b"hello"]
    network.mend()
    line.settimeout(20)
    assert line.recv(100) == b"later"


def test_what_is_swallowed_is_lost_and_the_connection_with_it(
    network: Network, line: socket.socket, heard: list[bytes]
) -> None:
    network.fail("swallow")
    line.sendall(b"lost")
    line.settimeout(0.1)
    with pytest.raises(TimeoutError):
        line.recv(100)
    network.mend()
    with pytest.raises(ConnectionResetError):
        line.recv(100)
    assert heard == [b"hello"]


def test_in_doubt_a_commit_arrives_and_its_answer_does_not(
    network: Network, line: socket.socket, heard: list[bytes]
) -> None:
    network.fail("doubt")
    line.sendall(b"SELECT 1\0")
    assert line.recv(100) == b"SELECT 1\0"
    line.sendall(b"COMMIT\0")
    with pytest.raises(ConnectionResetError):
        line.recv(100)
    assert heard[-1] == b"COMMIT\0"
