"""Validators: kept byte for byte, sent back only to the URL that gave them.

Source: RFC 9110 §8.8 (validators) and §13 (conditional requests).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aggregator.values.feed import FeedState, Validators

_DAY = timedelta(hours=24)


def asking(url: str, known: Validators | None) -> dict[str, str]:
    """The header fields that make a GET of `url` conditional; none when it never gave a validator."""
    if known is None or known.url != url:
        return {}
    fields = {}
    if known.etag is not None:
        fields["If-None-Match"] = known.etag
    if known.last_modified is not None:
        fields["If-Modified-Since"] = known.last_modified
    return fields


def known(state: FeedState, now: datetime) -> Validators | None:
    """What a feed may be asked with: what it gave last.

    A document that could not be read is asked for in full once a day: it may be our reading that
    has improved. Otherwise validators that are known are always sent.
    """
    could_not_read = state.body_digest is None and state.last_full is not None
    if could_not_read and state.last_full is not None and abs(now - state.last_full) >= _DAY:
        return None
    return state.validators


def of_fetched(url: str, headers: Mapping[str, str]) -> Validators:
    """The validators of a 200: those it carries, and nothing that an earlier answer did."""
    return Validators(url, _given(headers, "etag"), _given(headers, "last-modified"))


def of_not_modified(url: str, headers: Mapping[str, str], known: Validators | None) -> Validators:
    """The validators after a 304: the new ones it carries, else those we asked with (§15.4.5)."""
    etag, last_modified = _given(headers, "etag"), _given(headers, "last-modified")
    if known is not None and known.url == url:
        etag = known.etag if etag is None else etag
        last_modified = known.last_modified if last_modified is None else last_modified
    return Validators(url, etag, last_modified)


def _given(headers: Mapping[str, str], name: str) -> str | None:
    """A field's value; an empty one says nothing that could be said back."""
    return headers.get(name) or None
