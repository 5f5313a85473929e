"""Which places a notice may be sent to: never into our own network, unless the operator says so.

The name is looked up once for each attempt, every address that it has is held against the
rule, and the connection goes to one of these addresses: a name that changes its address
between the look and the connection (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
URL_CHARS_MAX = 500
# Addresses that carry another one inside, which would be reached instead.
_CARRIERS = tuple(
    ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
# All public addresses of IPv6 are of these; fec0::/10 is global to Python, and is not.
_PUBLIC_V6 = ip_network("2000::/3")


class Unreachable(Exception):
    """A place that no notice is sent to, and why."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the operator allows besides the public network: networks, and plain HTTP."""

    networks: tuple[Network, ...] = ()
    plain_http: bool = False

    def allows(self, address: Address) -> bool:
        """Tell whether an address may be connected to."""
        inner = getattr(address, "ipv4_mapped", None) or address
        if any(inner in network for network in self.networks):
            return True
        hidden = any(inner in network for network in _CARRIERS)
        hidden = hidden or (inner.version == 6 and inner not in _PUBLIC_V6)
        return inner.is_global and not inner.is_multicast and not hidden


def reach_of(networks: str, *, plain_http: bool) -> Reach:
    """Read the networks that an operator allows, such as `10.20.0.0/16, fd00::/8`."""
    listed = (each.strip() for each in networks.split(","))
    return Reach(tuple(ip_network(each) for each in listed if each), plain_http)


def look_up(host: str, port: int) -> list[Address]:
    """Ask which addresses a name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(where[0]) for *_, where in found]


def choose(
    reach: Reach,
    host: str,
    port: int,
    look: Callable[[str, int], Sequence[Address]] = look_up,
) -> str:
    """Give the address to connect to; raises Unreachable where any of them is not allowed."""
    try:
        addresses = look(host, port)
    except (OSError, UnicodeError):
        raise Unreachable("no such name") from None
    if not addresses or not all(reach.allows(each) for each in addresses):
        raise Unreachable("address not allowed")
    return str(addresses[0])


def fault_of(url: str, reach: Reach) -> str | None:
    """Say what is wrong with an address that somebody wants notices at, if anything."""
    if len(url) > URL_CHARS_MAX or not url.isascii() or not url.isprintable():
        return f"an address of at most {URL_CHARS_MAX} plain characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "an https address"
    schemes = {"https", "http"} if reach.plain_http else {"https"}
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        return "an https address"
    if " " in url or parts.fragment or "@" in parts.netloc:
        return "an address without a name, a password or a fragment"
    return _literal_fault(parts, reach)


def _literal_fault(parts: SplitResult, reach: Reach) -> str | None:
    assert parts.hostname is not None
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return None  # a name, which is looked up at each attempt
    return None if reach.allows(literal) else "an address of the public network"
