"""No test talks to the world: only loopback and sockets in the file system."""

import ipaddress
import sys
from typing import Any

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname"}
TALK = {"socket.connect", "socket.sendto"}


class NetworkUsed(AssertionError):
    """A test tried to reach a place outside this machine."""


def forbid_network() -> None:
    """Refuse every look-up and connection that would leave this machine."""
    sys.addaudithook(_watch)


def is_local(host: object) -> bool:
    """Tell whether a host is this machine itself.

    >>> is_local("127.0.0.1"), is_local("::1"), is_local("example.org")
    (True, True, False)
    """
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in LOOKUPS and not is_local(args[0]):
        raise NetworkUsed(f"look-up of {args[0]!r}")
    if event in TALK:
        # An address is (host, port, ...) on a network and a path for a local socket.
        address = args[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkUsed(f"connection to {address!r}")
