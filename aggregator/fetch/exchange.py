"""An exchange: one request and the redirects it meets, all within one deadline and within bounds.

Redirects are followed here, so that the guard, the validators and the credentials are considered
anew at every step. Nothing else is ever asked for: no HEAD, no robots.txt, no favicon; no cookies,
no Referer.
"""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import unquote, urldefrag, urlsplit

import httpx

from aggregator import __version__, urls
from aggregator.fetch import body
from aggregator.fetch.guard import Guard, NotAllowed
from aggregator.fetch.room import Room
from aggregator.fetch.transport import Transport, Unreachable
from aggregator.fetch.turns import Turns
from aggregator.values.feed import PollSettings

Fields: TypeAlias = list[tuple[str, str]]  # of a header, in the order they are sent

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_SAME_AGAIN = frozenset({307, 308})
_FULL = frozenset({200, 203})  # answers whose body is read
_SMALL_BODY_BYTES = 16 * 1024  # a redirect's body up to this is read, to keep the connection
_LARGE_BODY_BYTES = 1_000_000  # bodies beyond this take turns, so that memory stays bounded
_LARGE_BODIES = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}


class NoAnswer(Exception):
    """No usable answer came; the text is one line that says why, without secrets."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        """Keep the reason, and whether there was not even a connection."""
        self.unreachable = unreachable
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """The final response of an exchange."""

    status: int
    headers: Mapping[str, str]  # names in lower case, values byte for byte as Latin-1
    body: bytes  # content codings undone; empty unless the status is 200 or 203
    url: str  # that gave it
    redirects: int
    permanent: bool  # all of its redirects were
    is_public: bool  # it came from the public internet


def without_userinfo(address: str) -> tuple[str, Fields]:
    """An address without fragment and `user:password@`, and these as a header field.

    Raises:
        NoAnswer: it is no http(s) address.
    """
    try:
        url = urldefrag(address).url
        parts = urlsplit(url)
        usable = parts.scheme.lower() in _DEFAULT_PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NoAnswer("its address cannot be used")
    userinfo = parts.netloc.rpartition("@")[0]
    if not userinfo:
        return url, []
    token = base64.b64encode(unquote(userinfo).encode()).decode("ascii")
    return urls.without_credentials(url), [("Authorization", f"Basic {token}")]


def is_own(url: str, step: str) -> bool:
    """Whether credentials meant for `url` may go to `step`: its origin, or the same host over TLS."""
    ours, theirs = _origin(url), _origin(step)
    return ours == theirs or (
        ours[1] == theirs[1]
        and (ours[0], ours[2], theirs[0], theirs[2]) == ("http", 80, "https", 443)
    )


def user_agent(contact: str | None) -> str:
    """Who we are, and how publishers reach us: `aggregator/1.0 (+mailto:desk@example.org)`."""
    product = f"aggregator/{__version__}"
    reachable = "".join(
        c for c in contact or "" if c.isascii() and c.isprintable() and c not in "()"
    )
    return f"{product} (+{reachable})" if reachable else product


class Exchanges:
    """Makes exchanges, so many at once as the settings say."""

    def __init__(self, settings: PollSettings, tls: ssl.SSLContext | None, room: Room) -> None:
        self._timeout_s = settings.timeout.total_seconds()
        self._max_bytes = settings.max_bytes
        self._turns = Turns(settings.concurrency, settings.per_host)
        self._large = asyncio.Semaphore(_LARGE_BODIES)
        self._room = room
        guard = Guard(settings.allow_private_networks, settings.allow_hosts)
        self._transport = Transport(guard, proxy=settings.proxy, tls=tls)
        self._agent = user_agent(settings.contact)

    async def close(self) -> None:
        """Close what is still open."""
        await self._transport.aclose()

    async def get(self, url: str, accept: str, fields: Callable[[str], Fields]) -> Answer:
        """GET an address and follow its redirects.

        Args:
            url: absolute http(s), without userinfo.
            accept: media types wanted.
            fields: what else to send to an address; asked again at every redirect.

        Raises:
            NoAnswer: whatever the world did to prevent one.
        """
        left_s = self._timeout_s  # waiting for a turn is nobody's fault and does not count
        permanent, seen, redirected = True, {url}, False
        while True:
            request = self._request("GET", url, accept, fields(url))
            request.extensions["redirected"] = redirected
            async with self._turns.turn(_queue(request.url)):
                began = asyncio.get_running_loop().time()
                status, headers, content = await self._within(left_s, request)
                left_s -= asyncio.get_running_loop().time() - began
            location = headers.get("location")
            is_public = bool(request.extensions.get("is_public"))
            if status not in _REDIRECTS or location is None:
                return Answer(status, headers, content, url, len(seen) - 1, permanent, is_public)
            url = _target(url, location)
            if url in seen:
                raise NoAnswer("its redirects go round in a circle")
            if len(seen) > MAX_REDIRECTS:
                raise NoAnswer(f"more than {MAX_REDIRECTS} redirects")
            permanent, redirected = permanent and status in _PERMANENT, redirected or is_public
            seen.add(url)

    async def post(self, url: str, content: bytes, fields: Fields) -> int:
        """POST something and return the status of the answer.

        Only 307 and 308 are followed, which ask for the same at another place.

        Args:
            content: the body; `fields` say of which sort it is.

        Raises:
            NoAnswer: whatever the world did to prevent one.
        """
        left_s, redirected = self._timeout_s, False
        url, credentials = without_userinfo(url)
        for _ in range(MAX_REDIRECTS + 1):
            request = self._request("POST", url, "*/*", [*fields, *credentials], content)
            request.extensions["redirected"] = redirected
            async with self._turns.turn(_queue(request.url)):
                began = asyncio.get_running_loop().time()
                status, headers, _ = await self._within(left_s, request)
                left_s -= asyncio.get_running_loop().time() - began
            location = headers.get("location")
            if status not in _SAME_AGAIN or location is None:
                return status
            redirected = redirected or bool(request.extensions.get("is_public"))
            target = _target(url, location)
            credentials = credentials if is_own(url, target) else []
            url = target
        raise NoAnswer(f"more than {MAX_REDIRECTS} redirects")

    def _request(
        self, method: str, url: str, accept: str, fields: Fields, content: bytes | None = None
    ) -> httpx.Request:
        """A request with our header; fields of the same name replace ours."""
        theirs = {name.lower() for name, _ in fields}
        ours = [
            ("User-Agent", self._agent),
            ("Accept", accept),
            ("Accept-Encoding", body.ACCEPTED),
        ]
        chosen = [*(field for field in ours if field[0].lower() not in theirs), *fields]
        try:
            return httpx.Request(
                method,
                url,
                headers=[(name.encode("ascii"), _wire(value)) for name, value in chosen],
                content=content,
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise NoAnswer("its address cannot be used") from error

    async def _within(
        self, left_s: float, request: httpx.Request
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, header and body of one response, within the time that is left.

        Raises:
            NoAnswer: whatever the world did to prevent one.
        """
        try:
            async with asyncio.timeout(left_s) as deadline:
                response = await self._transport.handle_async_request(request)
                try:
                    headers = _headers(response)
                    return (
                        response.status_code,
                        headers,
                        await self._body(response, headers, deadline),
                    )
                finally:
                    await response.aclose()
        except TimeoutError as error:
            if request.extensions.get("reached"):
                raise NoAnswer(f"no complete answer within {self._timeout_s:g} s") from error
            raise NoAnswer(
                f"no connection within {self._timeout_s:g} s", unreachable=True
            ) from error
        except Unreachable as error:
            raise NoAnswer(str(error), unreachable=True) from error
        except (httpx.HTTPError, NotAllowed, body.Unreadable) as error:
            raise NoAnswer(str(error)) from error

    async def _body(
        self, response: httpx.Response, headers: Mapping[str, str], deadline: asyncio.Timeout
    ) -> bytes:
        """The body where it matters."""
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return b""
        length = headers.get("content-length", "")
        if response.status_code in _FULL:
            if length.isdecimal() and int(length) > self._max_bytes:
                raise body.Unreadable(f"larger than {self._max_bytes} bytes")
            raw = await self._raw(response, deadline)
            return body.decode(raw, headers.get("content-encoding"), self._max_bytes)
        if length.isdecimal() and int(length) <= _SMALL_BODY_BYTES:
            await self._raw(response, deadline)  # so that the connection can be used again
        return b""

    async def _raw(self, response: httpx.Response, deadline: asyncio.Timeout) -> bytes:
        """A body as sent; a large one waits while others fill the memory, at no cost to its time."""
        raw = bytearray()
        is_large = False
        try:
            async for piece in response.aiter_raw():
                raw += piece
                if len(raw) > self._max_bytes:
                    raise body.Unreadable(f"larger than {self._max_bytes} bytes")
                if len(raw) > _LARGE_BODY_BYTES and not is_large:
                    left_s = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
                    deadline.reschedule(None)
                    await self._large.acquire()
                    is_large = True
                    await self._room.wait()
                    deadline.reschedule(asyncio.get_running_loop().time() + left_s)
            return bytes(raw)
        finally:
            if is_large:
                self._large.release()


def _headers(response: httpx.Response) -> dict[str, str]:
    """The header, byte for byte: httpx guesses an encoding, and validators must come back as sent."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _target(url: str, location: str) -> str:
    """Where a redirect leads.

    Raises:
        NoAnswer: nowhere on the web.
    """
    with contextlib.suppress(UnicodeDecodeError):  # most that is not ASCII is UTF-8
        location = location.encode("latin-1").decode("utf-8")
    target = urls.absolute(url, location)
    if target is None:
        raise NoAnswer("refused: it redirects to something other than http(s)")
    return without_userinfo(target)[0]


def _queue(url: httpx.URL) -> str:
    """Which host an address asks patience of; another port is another server."""
    return url.host if url.port is None else f"{url.host}:{url.port}"


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(scheme, 0)


def _wire(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()
