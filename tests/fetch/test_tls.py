"""TLS against real servers on loopback, with certificates of an authority of our own."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.fetch.client import Client
from aggregator.values.feed import Failed, FeedState, Fetched, NotModified, Outcome
from tests.support.authority import Authority
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, FeedServer


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(authority: Authority) -> Iterator[FeedServer]:
    with FeedServer(tls=authority.server("127.0.0.1", "localhost")) as serving:
        serving.answers["/feed.xml"] = Answer(body=ATOM, headers={"ETag": '"v1"'})
        yield serving


async def fetch(url: str, tls: ssl.SSLContext | None, **settings: object) -> Outcome:
    async with Client(poll_settings(**settings), tls=tls) as client:  # type: ignore[arg-type]
        return await client.fetch(feed(url), NOW)


async def test_a_feed_comes_over_tls_and_its_connection_is_used_again(
    server: FeedServer, authority: Authority
) -> None:
    async with Client(poll_settings(), tls=authority.client()) as client:
        subject = feed(server.url("/feed.xml"))
        first = await client.fetch(subject, NOW)
        assert isinstance(first, Fetched)
        assert first.body == ATOM
        subject = replace(subject, state=FeedState(validators=first.validators))
        assert isinstance(await client.fetch(subject, NOW), NotModified)

    assert len({asked.client for asked in server.asked}) == 1


async def test_a_name_is_checked_against_its_certificate(
    server: FeedServer, authority: Authority
) -> None:
    by_name = f"https://localhost:{server.port}/feed.xml"
    assert isinstance(await fetch(by_name, authority.client()), Fetched)

    with FeedServer(tls=authority.server("example.org")) as other:
        other.answers["/feed.xml"] = Answer(body=ATOM)
        outcome = await fetch(f"https://localhost:{other.port}/feed.xml", authority.client())

    assert isinstance(outcome, Failed)
    assert outcome.reason == (
        "its certificate is not valid: Hostname mismatch, certificate is not valid for 'localhost'."
    )
    assert not outcome.unreachable
    assert not other.asked


async def test_an_expired_certificate_is_refused_in_clear_words(authority: Authority) -> None:
    with FeedServer(tls=authority.server("127.0.0.1", expired=True)) as server:
        assert await fetch(server.url("/"), authority.client()) == Failed(
            "its certificate is not valid: certificate has expired"
        )


async def test_an_authority_that_nobody_knows_is_refused(server: FeedServer) -> None:
    outcome = await fetch(server.url("/feed.xml"), None)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("its certificate is not valid: ")
    assert "certificate" in outcome.reason
    assert not server.asked


async def test_an_authority_of_ones_own_is_named_by_the_environment(
    server: FeedServer, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    assert isinstance(await fetch(server.url("/feed.xml"), None), Fetched)


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_authorities_that_cannot_be_read_are_no_fault_of_the_server(
    server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    outcome = await fetch(server.url("/feed.xml"), None)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("the authorities in SSL_CERT_FILE cannot be read: ")


async def test_a_server_that_speaks_no_tls_is_told_from_one_that_is_down(
    feed_server: FeedServer,
) -> None:
    outcome = await fetch(feed_server.url("/").replace("http:", "https:"), None)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("TLS failed: ")
    assert not outcome.unreachable


async def test_a_handshake_without_end_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        outcome = await fetch(url, None, timeout=timedelta(seconds=0.3))

    assert outcome == Failed("no connection within 0.3 s", unreachable=True)


async def test_two_names_of_one_address_share_no_connection(
    server: FeedServer, authority: Authority
) -> None:
    async with Client(poll_settings(), tls=authority.client()) as client:
        for host in ("127.0.0.1", "localhost"):
            url = f"https://{host}:{server.port}/feed.xml"
            assert isinstance(await client.fetch(feed(url), NOW), Fetched)

    assert len({asked.client for asked in server.asked}) == 2
