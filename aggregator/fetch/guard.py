"""Which addresses may be connected to: the public internet, and what editors opened.

A feed's address, or a redirect, may name anything: the router, a database on loopback, the cloud's
metadata service. So the check sits where the connection is made. A name is resolved once, every
address it has is checked, and the connection goes to a checked address, never to the name: what a
name server says a moment later makes no difference. What editors opened is open to the addresses in
feeds.yaml, never to a redirect that comes from the internet.

Sources: the IANA special-purpose address registries (RFC 6890), RFC 4291 (IPv6 addressing), 6052
and 8215 (NAT64), 3056 (6to4), 4380 (Teredo), 5214 (ISATAP).
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address


class NotAllowed(Exception):
    """This address is refused; the text says which, why, and how to allow it."""


class NoAddress(Exception):
    """The name has no address, as far as the resolver can tell."""


# What `allow_private_networks` opens.
_PRIVATE = (
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("10.0.0.0/8"), "private"),
    (IPv4Network("172.16.0.0/12"), "private"),
    (IPv4Network("192.168.0.0/16"), "private"),
    (IPv4Network("100.64.0.0/10"), "private, of the carrier"),
    (IPv6Network("::1/128"), "loopback"),
    (IPv6Network("fc00::/7"), "private"),
)
# What only `allow_hosts` opens. Metadata services of clouds hand out keys to whoever asks, and some
# lie in networks that are private otherwise.
_SPECIAL = (
    (IPv4Network("0.0.0.0/8"), "this very machine"),
    (IPv4Network("169.254.0.0/16"), "link-local"),  # metadata services of most clouds among them
    (IPv4Network("168.63.129.16/32"), "a cloud's metadata service"),  # Azure
    (IPv4Network("100.100.100.200/32"), "a cloud's metadata service"),  # Alibaba
    (IPv6Network("fd00:ec2::254/128"), "a cloud's metadata service"),  # Amazon
    (IPv6Network("fd20:ce::254/128"), "a cloud's metadata service"),  # Google
    (IPv4Network("192.0.0.0/24"), "for protocols"),
    (IPv4Network("192.0.2.0/24"), "for documentation"),
    (IPv4Network("192.88.99.0/24"), "a 6to4 relay"),
    (IPv4Network("198.18.0.0/15"), "for benchmarks"),
    (IPv4Network("198.51.100.0/24"), "for documentation"),
    (IPv4Network("203.0.113.0/24"), "for documentation"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
    (IPv4Network("240.0.0.0/4"), "reserved"),
    (IPv6Network("::/128"), "this very machine"),
    (IPv6Network("fe80::/10"), "link-local"),
    (IPv6Network("ff00::/8"), "multicast"),
    (IPv6Network("2001::/32"), "a Teredo tunnel"),
    (IPv6Network("2001::/23"), "for protocols"),
    (IPv6Network("2001:db8::/32"), "for documentation"),
    (IPv6Network("2002::/16"), "a 6to4 tunnel"),
    (IPv6Network("3ffe::/16"), "retired"),
    (IPv6Network("3fff::/20"), "for documentation"),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that was ever given out to the public
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # upper half of the interface identifier
_LOW_32 = 0xFFFF_FFFF

_HINT = 'if that is meant, add "{}" to poll.allow_hosts in feeds.yaml'
_NO_REDIRECT = "no redirect from the internet leads there"

# What C libraries read as an IPv4 address although nobody writes one so: 2130706433, 0x7f.1, 010.1.
_ODD_IPV4 = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE)


def why_refused(address: Address, *, allow_private: bool = False) -> str | None:
    """What makes an address unfit to connect to, in a few words; None if it is fit."""
    address = _inner(address)
    for network, what in _SPECIAL:
        if address in network:
            return what
    for network, what in _PRIVATE:
        if address in network:
            return None if allow_private else what
    if isinstance(address, IPv4Address):
        return None
    if address not in _GLOBAL_UNICAST:  # ::a.b.c.d and other forms long out of use, too
        return "not of the public internet"
    return "an ISATAP tunnel" if int(address) >> 32 & _LOW_32 in _ISATAP else None


def literal(host: str) -> Address | None:
    """The address that a URL's host spells; None if it is a name.

    Raises:
        NotAllowed: it spells one in a notation that can only mislead, or is no name either.
    """
    bare = host.removeprefix("[").removesuffix("]").rstrip(".")
    try:
        address = ip_address(bare)
    except ValueError:
        if _ODD_IPV4.fullmatch(bare):
            raise NotAllowed(
                f"refused to connect to {host}: an IPv4 address is written as four plain numbers"
            ) from None
        if not _NAME.fullmatch(bare):
            raise NotAllowed(f"refused to connect to {host}: this is no host name") from None
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise NotAllowed(f"refused to connect to {host}: a zone is of this machine alone")
    if address in _NAT64:
        # Resolvers make these up where there is no IPv4; nobody has to write one.
        raise NotAllowed(f"refused to connect to {host}: write the IPv4 address that it stands for")
    return address


@dataclass(frozen=True, slots=True)
class Guard:
    """Turns hosts into addresses that may be connected to."""

    allow_private: bool  # loopback and private networks
    allow_hosts: frozenset[str]  # "host:port" that may be anywhere

    async def addresses(self, host: str, port: int, *, redirected: bool = False) -> tuple[str, ...]:
        """Every address of a host, checked, in the resolver's order; never empty.

        Args:
            host: a name or an address, as a URL has it.
            port: of the connection.
            redirected: somebody on the internet sends us there.

        Raises:
            NotAllowed: one of them is refused.
            NoAddress: the name cannot be resolved.
        """
        spelled = literal(host)
        found = (spelled,) if spelled is not None else await resolve(host, port)
        self.check(host, port, found, redirected=redirected)
        return tuple(map(str, found))

    def is_opened(self, host: str, port: int) -> bool:
        """Whether editors opened this host and port, wherever it may be."""
        return place(host, port) in self.allow_hosts

    def check(
        self, host: str, port: int, found: Iterable[Address], *, redirected: bool = False
    ) -> None:
        """Let these addresses of a host pass, all of them or none; see `addresses`.

        Raises:
            NotAllowed: one of them is refused.
        """
        opened = self.is_opened(host, port)
        if opened and not redirected:
            return
        found = tuple(found)
        if opened and not found:  # a name that only a proxy knows
            raise NotAllowed(f"refused to connect to {host}: {_NO_REDIRECT}")
        for address in found:
            why = why_refused(address, allow_private=self.allow_private and not redirected)
            if why is not None:
                named = "" if str(address) == host.strip("[]") else f"{host}, which is "
                hint = _NO_REDIRECT if redirected else _HINT.format(place(host, port))
                raise NotAllowed(f"refused to connect to {named}{address} ({why}); {hint}")


def place(host: str, port: int) -> str:
    """Host and port as `poll.allow_hosts` has them: "127.0.0.1:8080", "[::1]:8080"."""
    host = host.lower()
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


async def resolve(host: str, port: int) -> tuple[Address, ...]:
    """The addresses of a name, as the system's resolver has them; never empty.

    Runs in a thread of its own that nobody waits for at exit: a resolver that hangs can neither
    keep other names waiting nor hold up an orderly stop.

    Raises:
        NoAddress: the name cannot be resolved.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[Address, ...]] = loop.create_future()

    def settle(found: tuple[Address, ...]) -> None:
        if answer.done():  # the one who asked has given up
            return
        if found:
            answer.set_result(found)
        else:
            answer.set_exception(NoAddress(f"no address for {host}"))

    def look_up() -> None:
        found = _look_up(host, port)
        try:
            loop.call_soon_threadsafe(settle, found)
        except RuntimeError:  # the loop has ended meanwhile
            return

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await answer


def _look_up(host: str, port: int) -> tuple[Address, ...]:
    """The addresses of a name; empty if it has none."""
    if host.rstrip(".").lower().rpartition(".")[2] == "localhost":
        host = "localhost"  # and nothing else, whatever name servers say: RFC 6761 §6.3
    try:
        lines = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(ip_address(line[4][0]) for line in lines))
    except (OSError, ValueError):  # UnicodeError is a ValueError: a label of more than 63 letters
        return ()


def _inner(address: Address) -> Address:
    """The IPv4 address where an IPv6 one leads to nothing else."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW_32)
    return address
