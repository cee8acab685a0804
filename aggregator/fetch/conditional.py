"""Validators: kept byte for byte, sent back only to the URL that gave them.

Source: RFC 9110 §8.8 (validators) and §13 (conditional requests).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aggregator.values.feed import Feed, FeedState, Validators

_DAY = timedelta(hours=24)
_MOST_OTHERS = 3


def asking(known: Validators | None) -> dict[str, str]:
    """The header fields that make a GET conditional; none when its URL never gave a validator."""
    if known is None:
        return {}
    fields = {}
    if known.etag is not None:
        fields["If-None-Match"] = known.etag
    if known.last_modified is not None:
        fields["If-Modified-Since"] = known.last_modified
    return fields


def known(feed: Feed, now: datetime) -> dict[str, Validators]:
    """What a feed may be asked with: what each URL gave last.

    A document that could not be read is asked for in full once a day: it may be our reading that
    has improved. Otherwise validators that are known are always sent.
    """
    state = feed.state
    if state.validators is None:
        looked_at = feed.look.fetched.validators if feed.look else None
        return {} if looked_at is None else {looked_at.url: looked_at}
    found = {other.url: other for other in state.other_validators}
    could_not_read = state.body_digest is None and state.last_full is not None
    if could_not_read and state.last_full is not None and abs(now - state.last_full) >= _DAY:
        found.pop(state.validators.url, None)
    else:
        found[state.validators.url] = state.validators
    return found


def others(state: FeedState, latest: Validators) -> tuple[Validators, ...]:
    """What other URLs gave, once `latest` is the last answer; a redirect may lead there again."""
    could_be_read = state.validators is not None and state.body_digest is not None
    last = (state.validators,) if state.validators is not None and could_be_read else ()
    kept = tuple(one for one in (*last, *state.other_validators) if one.url != latest.url)
    return kept[:_MOST_OTHERS]


def of_fetched(url: str, headers: Mapping[str, str]) -> Validators:
    """The validators of a 200: those it carries, and nothing that an earlier answer did."""
    return Validators(url, _given(headers, "etag"), _given(headers, "last-modified"))


def of_not_modified(url: str, headers: Mapping[str, str], known: Validators | None) -> Validators:
    """The validators after a 304: the new ones it carries, else those we asked with (§15.4.5).

    Args:
        url: that answered.
        headers: of the answer, looked up in lower case.
        known: what this URL was asked with.
    """
    etag, last_modified = _given(headers, "etag"), _given(headers, "last-modified")
    if known is not None:
        etag = known.etag if etag is None else etag
        last_modified = known.last_modified if last_modified is None else last_modified
    return Validators(url, etag, last_modified)


def _given(headers: Mapping[str, str], name: str) -> str | None:
    """A field's value; an empty one says nothing that could be said back."""
    return headers.get(name) or None
