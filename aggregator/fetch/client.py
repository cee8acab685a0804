"""One fetch: from a feed to an outcome, whatever the world does."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self, assert_never
from urllib.parse import urlencode

from aggregator import urls
from aggregator.fetch import conditional, freshness, localfile
from aggregator.fetch.exchange import (
    Answer,
    Exchanges,
    Fields,
    NoAnswer,
    is_own,
    without_userinfo,
)
from aggregator.fetch.linkheader import links
from aggregator.fetch.room import Room
from aggregator.fetch.schedule import believed_target
from aggregator.values.feed import (
    Failed,
    Feed,
    Fetched,
    Gone,
    Look,
    NotModified,
    Outcome,
    PollSettings,
    Refused,
    Validators,
)

_ACCEPT_FEED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
_CHALLENGERS = ("cloudflare", "ddos-guard", "sucuri", "akamaighost", "qrator")


class _HostIsHeld(Exception):
    """An address lies on a host that asked everybody to wait."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until)


class Client:
    """Fetches feeds, politely and within bounds; share one for as long as possible."""

    def __init__(
        self,
        settings: PollSettings,
        *,
        tls: ssl.SSLContext | None = None,
        room: Room | None = None,
    ) -> None:
        """Prepare, without connecting to anything.

        Args:
            settings: the `poll` section, and what else a fetcher must know.
            tls: how TLS is spoken; None trusts the usual authorities (or SSL_CERT_FILE).
            room: shared with whoever reads what was fetched; None: they keep up.
        """
        self._settings = settings
        self._exchanges = Exchanges(settings, tls, room or Room())
        self._held: dict[str, datetime] = {}  # hosts that answered 429, and until when to wait

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exchanges.close()

    async def fetch(self, feed: Feed, now: datetime) -> Outcome:
        """Ask for a feed, with its validators, and say what came of it.

        Never raises for what the world does; a cancellation passes.

        Args:
            feed: what to ask for, and what is known about it.
            now: aware time, against which the server's dates are read.
        """
        address = feed.settings.address
        if localfile.is_file(address):
            root, max_bytes = self._settings.root, self._settings.max_bytes
            return await asyncio.to_thread(
                localfile.read, address, feed.state.validators, root, max_bytes
            )
        try:
            return await self._fetch(feed, now)
        except NoAnswer as error:
            return Failed(str(error), unreachable=error.unreachable)

    async def get(self, address: str) -> Fetched | Failed:
        """Ask for a page, as when looking for the feeds it announces."""
        try:
            url, credentials = without_userinfo(address)
            answer = await self._exchanges.get(
                url, _ACCEPT_PAGE, lambda step: credentials if is_own(url, step) else []
            )
        except NoAnswer as error:
            return Failed(str(error), unreachable=error.unreachable)
        outcome = _outcome(answer, None, datetime.now(UTC))
        match outcome:
            case Fetched() | Failed():
                return outcome
            case NotModified() | Refused() | Gone():
                return Failed(_status_line(answer.status), answer.status)
            case _:
                assert_never(outcome)

    async def post(self, address: str, form: Mapping[str, str]) -> int:
        """Hand a form to an address, as to a hub, and return the status of the answer.

        Raises:
            NoAnswer: there was none.
        """
        content = urlencode(form).encode("ascii")
        return await self._exchanges.post(
            address, content, [("Content-Type", "application/x-www-form-urlencoded")]
        )

    async def send(self, address: str, body: bytes, fields: Fields) -> int:
        """Hand a document to an address, as to a webhook, and return the status of the answer.

        Args:
            body: the document; `fields` say of which sort it is.

        Raises:
            NoAnswer: there was none.
        """
        return await self._exchanges.post(address, body, fields)

    async def _fetch(self, feed: Feed, now: datetime) -> Outcome:
        """Ask for a feed over HTTP.

        Raises:
            NoAnswer: there was none.
        """
        if feed.look is not None and feed.state.validators is None and is_fresh(feed.look, now):
            left = feed.look.at + feed.look.fetched.fresh_for - now
            return replace(feed.look.fetched, fresh_for=left)
        known = conditional.known(feed, now)
        url, credentials = without_userinfo(feed.settings.address)
        private = [*credentials, *feed.settings.headers]

        def fields(step: str) -> Fields:
            until = self._held.get(urls.host(step))
            if until is not None and now < until <= now + freshness.CEILING:
                raise _HostIsHeld(until)
            own = private if is_own(url, step) else []
            return [*own, *conditional.asking(known.get(step)).items()]

        start = believed_target(feed.state) or url
        try:
            answer = await self._exchanges.get(start, _ACCEPT_FEED, fields)
        except _HostIsHeld as error:
            wait = error.until - now
            return Refused(wait, HTTPStatus.TOO_MANY_REQUESTS, was_asked=False)
        outcome = _outcome(answer, known.get(answer.url), now)
        if isinstance(outcome, NotModified) and feed.look is not None and not feed.state.validators:
            outcome = _looked_at(feed.look, outcome)
        if isinstance(outcome, Refused) and outcome.held_host is not None:
            self._held[outcome.held_host] = now + outcome.retry_after
        return outcome


def _outcome(  # noqa: PLR0911 - a table of statuses, one return for each
    answer: Answer, known: Validators | None, now: datetime
) -> Outcome:
    """What an answer means for a feed."""
    status, headers = answer.status, answer.headers
    moved_to = answer.url if answer.redirects and answer.permanent else None
    wait = freshness.retry_after(headers.get("retry-after"), now)
    match status:
        case HTTPStatus.OK | HTTPStatus.NON_AUTHORITATIVE_INFORMATION:
            return Fetched(
                body=answer.body,
                url=answer.url,
                status=status,
                content_type=headers.get("content-type"),
                validators=conditional.of_fetched(answer.url, headers),
                fresh_for=freshness.fresh_for(headers, now),
                moved_to=moved_to,
                links=links(headers.get("link"), answer.url),
            )
        case HTTPStatus.NOT_MODIFIED if conditional.asking(known):
            return NotModified(
                validators=conditional.of_not_modified(answer.url, headers, known),
                fresh_for=freshness.said_fresh_for(headers, now),
                moved_to=moved_to,
            )
        case HTTPStatus.GONE if answer.permanent:
            return Gone()
        case HTTPStatus.TOO_MANY_REQUESTS:
            is_host_wide = answer.is_public and wait > timedelta(0)
            return Refused(wait, status, urls.host(answer.url) if is_host_wide else None)
        case _ if _is_challenge(status, headers):
            return Failed(f"{status}: blocked by a challenge page", status, retry_after=wait)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return Refused(wait, status)
        case _:
            return Failed(_status_line(status), status, retry_after=wait)


def is_fresh(look: Look, now: datetime) -> bool:
    """Whether its server said that what was looked at may be taken as current now."""
    return look.at <= now < look.at + look.fetched.fresh_for


def _looked_at(look: Look, confirmed: NotModified) -> Fetched:
    """A document fetched before, which its server confirmed."""
    said = confirmed.fresh_for
    return replace(
        look.fetched,
        validators=confirmed.validators,
        fresh_for=look.fetched.fresh_for if said is None else said,
        moved_to=confirmed.moved_to,
    )


def _is_challenge(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a page that tells people from programs stands in the way; we do not try to pass it."""
    if "cf-mitigated" in headers or "sg-captcha" in headers:
        return True
    return (
        status in {HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}
        and "retry-after" not in headers
        and headers.get("server", "").lower().startswith(_CHALLENGERS)
        and headers.get("content-type", "").lower().startswith("text/html")
    )


def _status_line(status: int) -> str:
    """A status with its name; never the server's own words, which may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"
