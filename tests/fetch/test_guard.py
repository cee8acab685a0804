"""Nothing but the public internet is connected to, whatever an address is called."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.client import Client
from aggregator.fetch.exchange import NoAnswer
from aggregator.fetch.guard import Guard, NotAllowed, literal, place, why_refused
from aggregator.values.feed import Failed, Fetched, NotModified, Outcome
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, FeedServer

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7F.0.0.1",
    "0x7f.1", "0177.0.0.1", "00000177.0.0.1", "017700000001", "127.0.0.0x1", "127.0.0.1.",
    "127.0.0.1..", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７.0.0.1", "①②⑦.0.0.1",
    "127%2e0%2e0%2e1", "127.0.0.1%00", "127.0.0.1%09", "0", "0.0.0", "0x0", "00", "0.0.0.0.",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::1%25lo]", "[::1%lo]", "[::127.0.0.1]",
    "[::7f00:1]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "localhost", "LOCALHOST", "localhost.", "localhost..",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "a.localhost", "x.y.LocalHost.", "[::1", "::1",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "10.255.255.255", "10.1", "0x0a000001", "167772161", "172.16.0.1", "172.31.255.254",
    "192.168.0.1", "192.168.1", "0300.0250.0.1", "3232235521", "100.64.0.1", "100.127.255.254",
    "100.100.100.200", "[fc00::1]", "[fd12:3456:789a::1]", "[fd00:ec2::254]", "[fd20:ce::254]",
    "[::ffff:10.0.0.1]", "[::ffff:c0a8:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::a00:1]",
    "[2002:a00:1::1]", "[2002:c0a8:101::1]", "[::10.0.0.1]", "[2001:0:a00:1::1]",
    "[2600:1f18::5efe:a00:1]", "[2600:1f18::200:5efe:a00:1]", "[fec0::1]",
]  # fmt: skip
SPECIAL = [
    "169.254.169.254", "169.254.170.2", "0xa9fea9fe", "2852039166", "169.254.43518",
    "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]",
    "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.0.170", "192.0.2.1", "198.51.100.7",
    "203.0.113.9", "192.88.99.1", "198.18.0.1", "198.19.255.254", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "4294967295", "0.1.2.3", "[fe80::1]", "[fe80::1%25eth0]",
    "[febf::1]", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[3fff::1]", "[2001::1]", "[2001:10::1]",
    "[2001:20::1]", "[2001:2::1]", "[2002::1]", "[100::1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]",
    "[3ffe::1]", "[5f00::1]", "[4000::1]", "[2600:1f18::1%25eth0]",
]  # fmt: skip
REFUSED = [*LOOPBACK, *PRIVATE, *SPECIAL]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1"]
PUBLIC_6 = ["2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2620:fe::fe"]


class Connections(list[Any]):
    """Every address that a socket of this process was asked to connect to, while `watching`."""

    watching = False


_CONNECTIONS = Connections()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _CONNECTIONS.watching and event == "socket.connect" and len(arguments[1]) > 1:
        _CONNECTIONS.append(arguments[1])


sys.addaudithook(_audit)


@pytest.fixture
def connections() -> Iterator[Connections]:
    _CONNECTIONS.clear()
    _CONNECTIONS.watching = True
    yield _CONNECTIONS
    _CONNECTIONS.watching = False


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver says, by name; what is not in it has no address."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, port: int, *_: object, **__: object) -> list[Any]:
        try:
            found = [ip_address(host)]
        except ValueError:
            if host not in known:
                raise socket.gaierror(socket.EAI_NONAME, "unknown name") from None
            found = [ip_address(address) for address in known[host]]
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[one.version], socket.SOCK_STREAM, 6, "", (str(one), port)) for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


async def fetch(url: str, **settings: object) -> Outcome:
    options = {"allow_private_networks": False} | settings
    async with Client(poll_settings(**options)) as client:  # type: ignore[arg-type]
        return await client.fetch(feed(url), NOW)


# --- every notation ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", REFUSED)
@pytest.mark.parametrize("scheme", ["http", "HTTPS"])
async def test_an_address_that_is_not_public_is_refused_unconnected(
    host: str, scheme: str, connections: Connections
) -> None:
    outcome = await fetch(f"{scheme}://{host}/latest/meta-data/")

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith(("refused", "its address cannot be used"))
    assert not outcome.unreachable  # else it would be taken for an outage of ours
    assert not connections


async def test_a_redirect_to_any_of_them_is_refused_unconnected(
    feed_server: FeedServer, connections: Connections
) -> None:
    for number, host in enumerate(REFUSED):
        feed_server.answers[f"/{number}"] = Answer(302, headers={"Location": f"http://{host}/"})
    passed = []
    async with Client(
        poll_settings(allow_private_networks=False, allow_hosts=frozenset({feed_server.address}))
    ) as client:
        for number, host in enumerate(REFUSED):
            outcome = await client.fetch(feed(feed_server.url(f"/{number}")), NOW)
            if not isinstance(outcome, Failed) or outcome.status or outcome.unreachable:
                passed.append((host, outcome))

    assert not passed
    assert {port for _, port in connections} <= {feed_server.port}
    assert {asked.path for asked in feed_server.asked} == {f"/{n}" for n in range(len(REFUSED))}


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "FILE:feeds.yaml", "ftp://127.0.0.1/", "gopher://127.0.0.1:25/_HELO",
     "data:application/rss+xml,<rss/>", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/", "jar:http://a!/",
     "javascript:1", "unix:///run/docker.sock", "http:///etc/passwd", "http://", "//127.0.0.1:1/",
     "http:127.0.0.1:1", "\\\\127.0.0.1:1\\x", "http://ada:pw@127.0.0.1:1/", "http://a@b@127.0.0.1:1/",
     "http://example.org@127.0.0.1:1/", "http://127.0.0.1:1#@example.org/", "//127.0.0.1:1?@b/",
     "http://127.0.0.1:1\t/", " http://127.0.0.1:1/", "http://\n127.0.0.1:1/", "hTTp://127.1:1/"],
)  # fmt: skip
async def test_no_redirect_leads_out_of_the_web_or_past_the_guard(
    feed_server: FeedServer, location: str, connections: Connections
) -> None:
    response = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    feed_server.answers["/"] = Answer(script=lambda connection: connection.sendall(response))

    outcome = await fetch(feed_server.url("/"), allow_hosts=frozenset({feed_server.address}))

    assert isinstance(outcome, Failed)
    assert {port for _, port in connections} == {feed_server.port}


# --- names -------------------------------------------------------------------------------------


async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    names: dict[str, list[str]], connections: Connections
) -> None:
    names["two-faced.example"] = ["8.8.8.8", "10.0.0.5"]

    assert await fetch("http://two-faced.example/") == Failed(
        "refused to connect to two-faced.example, which is 10.0.0.5 (private); if that is meant, "
        'add "two-faced.example:80" to poll.allow_hosts in feeds.yaml'
    )
    assert not connections


@pytest.mark.parametrize("address", ["64:ff9b::10.0.0.5", "::ffff:127.0.0.1", "fe80::1%eth0"])
async def test_what_a_resolver_makes_up_is_looked_into(
    names: dict[str, list[str]], connections: Connections, address: str
) -> None:
    names["made-up.example"] = [address]

    outcome = await fetch("https://made-up.example/")

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("refused to connect to made-up.example, which is ")
    assert not connections


async def test_a_name_is_looked_up_once_and_the_checked_address_connected_to(
    feed_server: FeedServer, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])  # the second one is the attack
    look_up = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **more: Any) -> Any:
        return look_up(next(answers) if host == "rebinding.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    feed_server.answers["/"] = Answer(body=ATOM)

    place = f"rebinding.example:{feed_server.port}"
    outcome = await fetch(f"http://{place}/", allow_hosts=frozenset({place}))

    assert isinstance(outcome, Fetched)
    assert connections == [("127.0.0.1", feed_server.port)]
    assert feed_server.asked[0].headers["Host"] == place


async def test_a_trailing_dot_makes_no_other_name(
    names: dict[str, list[str]], connections: Connections
) -> None:
    names["router.example."] = ["192.168.0.1"]

    outcome = await fetch("http://router.example./")

    assert isinstance(outcome, Failed)
    assert "192.168.0.1 (private)" in outcome.reason
    assert not connections


# --- what editors open -------------------------------------------------------------------------


async def test_an_opened_host_is_opened_at_its_port_only(
    feed_server: FeedServer, connections: Connections
) -> None:
    feed_server.answers["/"] = Answer(body=ATOM)
    with FeedServer() as other:
        opened = frozenset({feed_server.address})

        assert isinstance(await fetch(feed_server.url("/"), allow_hosts=opened), Fetched)
        assert await fetch(other.url("/"), allow_hosts=opened) == Failed(
            f"refused to connect to 127.0.0.1 (loopback); if that is meant, add "
            f'"127.0.0.1:{other.port}" to poll.allow_hosts in feeds.yaml'
        )
        assert not other.asked


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433"])
async def test_an_opened_host_is_opened_in_its_plain_notation_only(
    feed_server: FeedServer, host: str
) -> None:
    outcome = await fetch(
        f"http://{host}:{feed_server.port}/", allow_hosts=frozenset({feed_server.address})
    )

    assert outcome == Failed(
        f"refused to connect to {host}: an IPv4 address is written as four plain numbers"
    )
    assert not feed_server.asked


async def test_private_networks_can_be_opened_as_a_whole_but_nothing_beyond() -> None:
    opened = Guard(allow_private=True, allow_hosts=frozenset())

    assert await opened.addresses("10.0.0.1", 80) == ("10.0.0.1",)
    assert await opened.addresses("[::1]", 80) == ("::1",)
    for host in ("169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::]", "[ff02::1]"):
        with pytest.raises(NotAllowed):
            await opened.addresses(host, 80)


def test_a_redirect_from_the_internet_never_leads_to_what_was_opened() -> None:
    opened = Guard(allow_private=True, allow_hosts=frozenset({"bridge.lan:80", "10.0.0.1:80"}))

    opened.check("10.0.0.1", 80, [IPv4Address("10.0.0.1")])
    with pytest.raises(NotAllowed, match="no redirect from the internet leads there"):
        opened.check("10.0.0.1", 80, [IPv4Address("10.0.0.1")], redirected=True)
    with pytest.raises(NotAllowed, match="no redirect from the internet leads there"):
        opened.check("bridge.lan", 80, [], redirected=True)
    opened.check("example.org", 80, [IPv4Address("8.8.8.8")], redirected=True)


async def test_a_redirect_among_opened_hosts_is_followed(feed_server: FeedServer) -> None:
    with FeedServer() as other:
        feed_server.answers["/"] = Answer(302, headers={"Location": other.url("/feed.xml")})
        other.answers["/feed.xml"] = Answer(body=ATOM)
        opened = frozenset({feed_server.address, other.address})

        assert isinstance(await fetch(feed_server.url("/"), allow_hosts=opened), Fetched)


# --- the rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [*PUBLIC, *PUBLIC_6, "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_the_public_internet_is_open(address: str) -> None:
    assert why_refused(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_open_that_is_not_public(address: IPv4Address) -> None:
    inside = [f"::ffff:{address}", f"64:ff9b::{address}"]

    if why_refused(address) is None:
        assert address.is_global
        assert not address.is_multicast
    assert {why_refused(ip_address(form)) for form in inside} == {why_refused(address)}


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_open_that_is_not_public(address: IPv6Address) -> None:
    if why_refused(address) is None:
        assert (address.ipv4_mapped or address).is_global or address in _nat64()
        assert address.sixtofour is None
        assert address.teredo is None


def _nat64() -> IPv6Network:
    return IPv6Network("64:ff9b::/96")


@pytest.mark.parametrize("host", ["example.org", "xn--bcher-kva.example", "a_b.example", "lan"])
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None


@pytest.mark.parametrize("host", ["", ".", "a b", "a%00b", "a..b", "a/b", "bücher", "a:b"])
def test_what_is_neither_name_nor_address_is_refused(host: str) -> None:
    with pytest.raises(NotAllowed):
        literal(host)


def test_a_place_is_written_as_feeds_yaml_has_it() -> None:
    assert place("Bridge.LAN", 80) == "bridge.lan:80"
    assert place("::1", 8080) == place("[::1]", 8080) == "[::1]:8080"


# --- local files -------------------------------------------------------------------------------


async def test_a_file_below_the_instance_is_read(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples/wire.xml").write_bytes(ATOM)

    for address in ("file:samples/wire.xml", "FILE:samples/wire.xml", "file:samples/%77ire.xml"):
        outcome = await fetch(address, root=tmp_path)

        assert isinstance(outcome, Fetched)
        assert outcome.body == ATOM


async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "wire.xml").write_bytes(ATOM)
    async with Client(poll_settings(root=tmp_path)) as client:
        subject = feed("file:wire.xml")
        first = await client.fetch(subject, NOW)
        assert isinstance(first, Fetched)
        subject = replace(subject, state=replace(subject.state, validators=first.validators))

        assert isinstance(await client.fetch(subject, NOW), NotModified)
        (tmp_path / "wire.xml").write_bytes(ATOM + b"\n")
        assert isinstance(await client.fetch(subject, NOW), Fetched)


@pytest.mark.parametrize(
    "address",
    ["file:../secret.xml", "file:%2e%2e/secret.xml", "file:a/../../secret.xml", "file:///etc/passwd",
     "file:/etc/passwd", "file:link.xml", "file:folder/secret.xml", "file://other.example/wire.xml",
     "file:..%2fsecret.xml", "file:%2fetc%2fpasswd", "file:pipe", "file:folder", "file:loop",
     "file:a%00b", "file:", "file:missing.xml", "file:/dev/zero", "file:/proc/self/environ"],
)  # fmt: skip
async def test_no_file_is_read_that_lies_elsewhere_or_is_none(tmp_path: Path, address: str) -> None:
    (tmp_path / "secret.xml").write_bytes(ATOM)
    root = tmp_path / "instance"
    (root / "a").mkdir(parents=True)
    (root / "link.xml").symlink_to(tmp_path / "secret.xml")
    (root / "folder").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe")

    outcome = await fetch(address, root=root)

    assert isinstance(outcome, Failed)
    assert str(tmp_path) not in outcome.reason


async def test_a_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.xml").write_bytes(b" " * 1001)

    assert await fetch("file:large.xml", root=tmp_path, max_bytes=1000) == Failed(
        "larger than 1000 bytes"
    )


async def test_no_page_leads_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "wire.xml").write_bytes(ATOM)
    async with Client(poll_settings(root=tmp_path)) as client:
        assert isinstance(await client.get("file:wire.xml"), Failed)
        with pytest.raises(NoAnswer):
            await client.post("file:wire.xml", {})
