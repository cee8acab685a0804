"""What a client may be answered with: which coding it takes, and whether it holds the file already.

Pure rules over header values as bytes, the way ASGI hands them over.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

IDENTITY = "identity"
CODINGS = ("br", "gzip")
"""Those we offer, the smaller result first."""


@lru_cache(maxsize=256)
def codings(accept_encoding: bytes) -> tuple[str, ...]:
    """The codings a client takes, the best for it first, always ending in `identity`.

    Ours breaks a tie: brotli before gzip before none. A client that refuses even `identity` gets
    it all the same, which is better than nothing to read.
    Source: RFC 9110 §12.5.3.
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[{"x-gzip": "gzip"}.get(name, name)] = _weight(parameters)
    offered = {coding: weights.get(coding, weights.get("*", 0.0)) for coding in CODINGS}
    plain = weights.get(IDENTITY, 0.0)
    wanted = [coding for coding, weight in offered.items() if weight > 0 and weight >= plain]
    return (*sorted(wanted, key=lambda coding: -offered[coding]), IDENTITY)


def is_for_people(accept: bytes) -> bool:
    """Whether the Accept header is that of a browser that opens a page (RFC 9110 §12.5.1)."""
    return b"text/html" in accept


def _weight(parameters: Collection[str]) -> float:
    """The q-value, 0 to 1; what cannot be read counts as a refusal."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0


def is_unchanged(
    etag: bytes,
    last_modified: datetime,
    if_none_match: bytes | None,
    if_modified_since: bytes | None,
) -> bool:
    """Whether the client holds this very representation, so that a 304 will do.

    Args:
        etag: ours, strong, with its quotes.
        last_modified: aware, in whole seconds.
        if_none_match: the header as sent; compared weakly, since proxies weaken what they compress.
        if_modified_since: the header as sent; without weight when there is an If-None-Match.
    Source: RFC 9110 §13.1.2, §13.1.3, §13.2.2.
    """
    if if_none_match is not None:
        return if_none_match == etag or holds_tag(if_none_match, etag)
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since.decode("latin-1"))
    except ValueError:
        return False
    if since.tzinfo is None:  # "-0000": the date is in UTC, RFC 5322 §3.3
        since = since.replace(tzinfo=UTC)
    return last_modified <= since


def holds_tag(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the list of an If-None-Match holds the tag, or is `*`; our tags hold no comma, so splitting is safe."""
    tags = (tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b","))
    return any(tag in {etag, b"*"} for tag in tags)
