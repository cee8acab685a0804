"""What is out of the ordinary, and whom to tell of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

Kind: TypeAlias = Literal["silence", "burst", "feed-failed"]


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """One of the `alerts` of feeds.yaml."""

    url: str  # as written there; shown to people, and the alert's identity
    address: str  # the same with ${NAME} filled in; never shown
    on: tuple[str, ...]  # kinds, and tag:SLUG
    secret: str | None  # signs what is sent


@dataclass(frozen=True, slots=True)
class Unusual:
    """A person or feed of which there is much more, or much less, than usual."""

    kind: Kind
    recent: int  # items in the last day; of a silence 0
    usual: float  # items a day
    quiet_h: int  # hours since the last item


@dataclass(frozen=True, slots=True)
class Event:
    """Something that editors should know of, when it begins."""

    kind: Kind
    subject: str  # "tag:sergei-lavrov", "feed:https://..."; "many" for several at once
    at: datetime
    title: str  # one line, says it all
    text: str  # a sentence or two: what it may mean
    page: str  # where to look, relative to the site's address

    @property
    def id(self) -> str:
        """Permanent, and the same wherever the event is made again."""
        name = f"{self.kind} {self.subject} {self.at.isoformat()}"
        return uuid5(NAMESPACE_URL, name).urn


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to a webhook that is on its way."""

    number: int
    to: str  # AlertSettings.url
    body: str  # JSON
    tries: int
