"""Push instead of polling: what is agreed with a feed's hub (W3C WebSub, Recommendation 2018)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hubbed:
    """A feed whose document, or whose server, names a hub."""

    feed_id: int
    url: str  # as in feeds.yaml
    hub: str  # as said there
    topic: str  # rel=self, else where the document was


@dataclass(frozen=True, slots=True)
class Wish:
    """A feed that its hub could bring to us."""

    feed_id: int
    hub: str
    topic: str  # the address by which the hub knows the feed


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish on its way: asked of the hub, confirmed for a while, or being ended."""

    id: int  # 0: not stored yet
    feed_id: int
    hub: str
    topic: str
    callback: str  # our address, told to the hub and to nobody else
    token: str  # its last part, which cannot be guessed
    secret: str  # the hub signs with it
    wanted: bool  # False: we have asked the hub, or are about to, to end it
    asked: datetime | None = None  # last time we asked the hub for anything
    failures: int = 0  # times we asked since it last did as asked
    error: str | None = None  # what came of the last time, one line; None: nothing wrong
    renew: datetime | None = None  # when to ask again; None: not confirmed
    expires: datetime | None = None  # end of the lease; None: not confirmed


@dataclass(frozen=True, slots=True)
class Delivery:
    """A document that a hub brought, waiting to be read."""

    id: int
    feed_id: int
    body: bytes
    content_type: str | None
