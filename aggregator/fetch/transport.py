"""HTTP/1.1 below httpx: guarded connections, kept for reuse, with TLS and through a proxy.

httpx's own transport costs several times the CPU of what travels, and asks the resolver where the
guard cannot see. This one keeps httpx's interface, so that everything above speaks httpx.
"""

import asyncio
import base64
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import unquote

import httpx

from aggregator.fetch import http1
from aggregator.fetch.connection import Connection, Cut, Stale
from aggregator.fetch.guard import (
    Address,
    Guard,
    NoAddress,
    literal,
    place,
    resolve,
    why_refused,
)

Origin: TypeAlias = tuple[str, str, int]  # scheme, host, port

_MAX_IDLE = 64  # connections kept
_IDLE_S = 15.0  # most servers close theirs sooner than this
_CONNECT_S = 5.0  # for one address, while another is left to try
_RESOLVE_S = 3.0  # for a name that a proxy is going to resolve anyway
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # of the environment, as OpenSSL has it
_EMPTY = httpx.ByteStream(b"")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PROXY: Origin = ("proxy", "", 0)  # what plain requests through the proxy share


class Unreachable(httpx.ConnectError):
    """No address, or no connection: the one kind of failure that may be our own outage."""


class Transport(httpx.AsyncBaseTransport):
    """Sends requests one at a time over a connection, as many connections as there are callers.

    A request's extensions may say that it is `redirected`: somebody on the internet sends us there.
    After `handle_async_request` they say how far it came: `reached` (a connection stood) and
    `is_public` (its other end is on the public internet).
    """

    def __init__(self, guard: Guard, *, proxy: str | None, tls: ssl.SSLContext | None) -> None:
        self._guard = guard
        self._proxy = httpx.URL(proxy) if proxy else None
        self._tls = tls
        self._idle: dict[Origin, list[Connection]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its response.

        Raises:
            NotAllowed: the guard refuses the address.
            Unreachable: no connection could be made.
            httpx.ConnectError: TLS failed, or the proxy refused.
            httpx.RemoteProtocolError: what came is no HTTP/1.1, or was cut.
        """
        try:
            return await self._exchange(request)
        except http1.Malformed as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except (Cut, Stale) as error:
            raise httpx.RemoteProtocolError(
                "the connection was closed before the answer ended", request=request
            ) from error

    async def aclose(self) -> None:
        """Close every idle connection."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # sockets are closed by the loop's next turn

    # ------------------------------------------------------------------------ an exchange

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = (url.scheme, url.raw_host.decode("ascii"), url.port or _DEFAULT_PORTS[url.scheme])
        redirected = bool(request.extensions.get("redirected"))
        target, fields, is_public = url.raw_path, request.headers.raw, True
        if self._proxy is not None and url.scheme == "http":
            is_public = await self._check_proxied(origin, redirected=redirected)
            target = b"http://%s%s" % (request.headers.get("host", "").encode("ascii"), target)
            fields = [*fields, *_proxy_credentials(self._proxy)]
            origin = _PROXY
        head = http1.request(request.method, target, fields)
        body = await request.aread() if request.method == "POST" else b""
        connection = self._kept(origin)
        if connection is not None and redirected and not connection.is_public:
            connection.close()  # `_open` is going to say why
        elif connection is not None:
            request.extensions |= {"reached": True, "is_public": connection.is_public and is_public}
            try:
                return await self._ask(connection, origin, head, body)
            except Stale:  # the server closed it while we were away: no request was served
                pass
        connection = await self._open(origin, redirected=redirected)
        request.extensions |= {"reached": True, "is_public": connection.is_public and is_public}
        return await self._ask(connection, origin, head, body)

    async def _ask(
        self, connection: Connection, origin: Origin, head: bytes, body: bytes
    ) -> httpx.Response:
        try:
            answer = await connection.ask(head, body)
        except BaseException:
            connection.close()
            raise
        if answer.length == 0:
            self._done(connection, origin, keep=answer.keeps_alive)
            return httpx.Response(answer.status, headers=answer.fields, stream=_EMPTY)
        return httpx.Response(
            answer.status, headers=answer.fields, stream=_Body(self, connection, origin, answer)
        )

    # ------------------------------------------------------------------------- the pool

    def _kept(self, origin: Origin) -> Connection | None:
        """An idle connection that still stands; None if there is none."""
        oldest = asyncio.get_running_loop().time() - _IDLE_S
        connections = self._idle.get(origin, [])
        while connections:
            connection = connections.pop()
            if not connections:
                del self._idle[origin]
            if connection.is_usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def _done(self, connection: Connection, origin: Origin, *, keep: bool) -> None:
        """Take a connection back after an exchange."""
        if not (keep and connection.is_usable):
            connection.close()
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.setdefault(origin, []).append(connection)
        if len(self._idle) > _MAX_IDLE:
            for old in self._idle.pop(next(iter(self._idle))):
                old.close()

    # ----------------------------------------------------------------------- connecting

    async def _open(self, origin: Origin, *, redirected: bool) -> Connection:
        """A new connection to an origin, directly or through the proxy.

        Raises:
            NotAllowed, Unreachable, httpx.ConnectError: see `handle_async_request`.
        """
        scheme, host, port = origin
        try:
            if self._proxy is not None:
                return await self._open_proxied(self._proxy, origin, redirected=redirected)
            addresses = await self._guard.addresses(host, port, redirected=redirected)
            tls = self._context() if scheme == "https" else None
            return await _connect(addresses, port, tls, host.rstrip("."))
        except ssl.SSLError as error:
            raise httpx.ConnectError(_tls_trouble(error)) from error
        except NoAddress as error:
            raise Unreachable(str(error)) from error
        except OSError as error:
            whom = host if self._proxy is None else "the proxy"
            why = os.strerror(error.errno) if error.errno else type(error).__name__
            raise Unreachable(f"no connection to {whom}: {why}") from error

    async def _open_proxied(
        self, proxy: httpx.URL, origin: Origin, *, redirected: bool
    ) -> Connection:
        """A connection to the proxy; for https, a tunnel through it."""
        scheme, host, port = origin
        is_public = True
        if scheme == "https":
            is_public = await self._check_proxied(origin, redirected=redirected)
        at = proxy.port or 80
        spelled = literal(proxy.host)
        found = (spelled,) if spelled else await resolve(proxy.host, at)
        connection = await _connect(tuple(map(str, found)), at, None, proxy.host)
        connection.is_public = is_public
        if scheme != "https":
            return connection
        try:
            await _tunnel(connection, proxy, place(host, port).encode("ascii"))
            await connection.start_tls(self._context(), host.rstrip("."))
        except BaseException:
            connection.close()
            raise
        return connection

    async def _check_proxied(self, origin: Origin, *, redirected: bool) -> bool:
        """Check a host that the proxy is going to resolve, as far as it can be seen from here.

        Returns:
            Whether it is on the public internet; a name that only the proxy knows is, unless
            editors opened it.

        Raises:
            NotAllowed: it is refused.
        """
        _, host, port = origin
        spelled = literal(host)
        found: tuple[Address, ...] = ()
        if spelled is not None:
            found = (spelled,)
        else:
            with contextlib.suppress(NoAddress, TimeoutError):  # names need not resolve here
                async with asyncio.timeout(_RESOLVE_S):
                    found = await resolve(host, port)
        self._guard.check(host, port, found, redirected=redirected)
        if not found:
            return not self._guard.is_opened(host, port)
        return all(why_refused(address) is None for address in found)

    def _context(self) -> ssl.SSLContext:
        """How TLS is spoken: made at first use, because loading certificates takes a while."""
        if self._tls is None:
            try:
                self._tls = _trusting()
            except OSError as error:
                named = next((name for name in _AUTHORITIES if os.environ.get(name)), "certifi")
                why = "there is none" if isinstance(error, ssl.SSLError) else error.strerror
                raise httpx.ConnectError(
                    f"the authorities in {named} cannot be read: {why}"
                ) from error
        return self._tls


class _Body(httpx.AsyncByteStream):
    """A response's body; its connection goes back to the pool once all of it was read."""

    def __init__(
        self, transport: Transport, connection: Connection, origin: Origin, head: http1.Head
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._origin = origin
        self._head = head
        self._is_read = False
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._connection.pieces(self._head):
                yield piece
        except http1.Malformed as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        except Cut as error:
            raise httpx.RemoteProtocolError("the answer was cut off") from error
        self._is_read = True

    async def aclose(self) -> None:
        """Give the connection back, or close it when something is left in it."""
        if not self._is_closed:
            self._is_closed = True
            keep = self._is_read and self._head.keeps_alive
            self._transport._done(self._connection, self._origin, keep=keep)  # noqa: SLF001 - same file


def _trusting() -> ssl.SSLContext:
    """TLS as clients speak it, trusting the authorities that SSL_CERT_FILE or SSL_CERT_DIR names.

    Without these, the system's and certifi's: the former has the operator's own, the latter are
    there on the smallest machine.

    Raises:
        OSError: they cannot be read.
    """
    context = httpx.create_ssl_context()  # of SSL_CERT_FILE, SSL_CERT_DIR, or else certifi
    if not any(map(os.environ.get, _AUTHORITIES)):
        context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _connect(
    addresses: tuple[str, ...], port: int, tls: ssl.SSLContext | None, host: str
) -> Connection:
    """A connection to the first of these addresses that takes one.

    Raises:
        OSError: none did.
    """
    loop = asyncio.get_running_loop()
    for number, address in enumerate(addresses, start=1):
        try:
            async with asyncio.timeout(_CONNECT_S if number < len(addresses) else None):
                _, connection = await loop.create_connection(
                    lambda at=address: Connection(is_public=_is_public(at)),
                    address,
                    port,
                    ssl=tls,
                    server_hostname=host if tls else None,
                )
                return connection
        except ssl.SSLError:  # the host answers: another address of it would say the same
            raise
        except OSError:
            if number == len(addresses):
                raise
    raise AssertionError("no address to connect to")


async def _tunnel(connection: Connection, proxy: httpx.URL, target: bytes) -> None:
    """Have a proxy connect through to a target (RFC 9110 §9.3.6).

    Raises:
        httpx.ConnectError: it refuses.
    """
    fields = [(b"host", target), *_proxy_credentials(proxy)]
    answer = await connection.ask(http1.request("CONNECT", target, fields))
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise httpx.ConnectError(f"the proxy refused: {answer.status}")


def _is_public(address: str) -> bool:
    return why_refused(ip_address(address)) is None


def _proxy_credentials(proxy: httpx.URL) -> list[tuple[bytes, bytes]]:
    if not proxy.userinfo:
        return []
    token = base64.b64encode(unquote(proxy.userinfo.decode("ascii")).encode())
    return [(b"proxy-authorization", b"Basic " + token)]


def _tls_trouble(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return f"TLS failed: {error.reason or type(error).__name__}"
