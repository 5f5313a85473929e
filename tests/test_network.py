"""The guard that keeps the tests at home."""

import socket

import pytest

from tests.network import NetworkUsed


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "2001:db8::1"])
def test_the_world_is_shut(host):
    with pytest.raises(NetworkUsed):
        socket.create_connection((host, 80), timeout=1)
