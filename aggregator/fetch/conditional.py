"""Validators: kept byte for byte, sent back only to the URL that gave them.

Source: RFC 9110 §8.8 (validators) and §13 (conditional requests).
"""

from collections.abc import Mapping

from aggregator.values.feed import Validators


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


def of_fetched(url: str, headers: Mapping[str, str]) -> Validators:
    """The validators of a 200: those it carries, and nothing that an earlier answer did."""
    return Validators(url, headers.get("etag"), headers.get("last-modified"))


def of_not_modified(url: str, headers: Mapping[str, str], known: Validators | None) -> Validators:
    """The validators after a 304: the new ones it carries, else those we asked with (§15.4.5)."""
    etag, last_modified = headers.get("etag"), headers.get("last-modified")
    if known is not None and known.url == url:
        etag = known.etag if etag is None else etag
        last_modified = known.last_modified if last_modified is None else last_modified
    return Validators(url, etag, last_modified)
