import socket

import pytest

from ragstone_standalone.server import free_socket


@pytest.fixture
def taken() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def test_a_taken_port_gives_the_next_free_one(taken: socket.socket) -> None:
    with taken:
        port = taken.getsockname()[1]
        with free_socket("127.0.0.1", port) as found:
            assert port < found.getsockname()[1] < port + 50


def test_a_free_port_is_the_one_asked_for(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    taken.close()
    with free_socket("127.0.0.1", port) as found:
        assert found.getsockname()[1] == port
