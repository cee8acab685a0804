"""Every table, as SQLModel rows; they never leave `store`.

Times are integers: microseconds since 1970 UTC, the same on SQLite and PostgreSQL. Prints are signed
64-bit hashes. What is only ever read whole (an entry's authors, HTML, enclosures) is one packed column.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.engine import Dialect
from sqlmodel import Field, MetaData, SQLModel

from aggregator.store.packed import Packed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Constraints have names, so that a migration can speak of them on either engine.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def microseconds(time: datetime) -> int:
    """An aware time as it is stored."""
    return (time - EPOCH) // MICROSECOND


def instant(stored: int) -> datetime:
    """The time that is stored so."""
    return EPOCH + timedelta(microseconds=stored)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Aware time to integer; a naive one is an error of ours and raises TypeError."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Integer to aware time."""
        return None if value is None else instant(value)


# Slugs come in the same order on either engine, whatever language the database's host speaks.
Slug = String().with_variant(String(collation="C"), "postgresql")


# Of tables with many narrow rows: SQLite keeps them in the order of their key, once.
_CLUSTERED = {"sqlite_with_rowid": False}


class Base(SQLModel):
    """Our own metadata: other SQLModel users of the process keep theirs."""

    metadata = MetaData(naming_convention=NAMES)


def table_of(row: type[Base]) -> Table:
    """The table of rows, for queries that ask for columns and not for rows."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


IN_TROUBLE = "gone OR failures > 0"  # of a feed; a query says it in these words to use the index


def _partial(name: str, column: str, *, where: str) -> Index:
    """An index of some rows.

    Migrations make it on PostgreSQL, too; said here, it would load all that SQLAlchemy knows of
    PostgreSQL into every process: 30 ms.
    """
    return Index(name, column, sqlite_where=text(where))


class FeedRow(Base, table=True):
    """A feed that is or was in feeds.yaml, and its polled state."""

    __tablename__ = "feeds"

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(unique=True)
    host: str = Field(index=True)
    active: bool = True  # still in feeds.yaml
    validators_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    other_validators: list[list[str | None]] = Field(default_factory=list, sa_type=JSON)
    body_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    marks: bytes | None = Field(default=None, sa_type=LargeBinary)
    last_poll: datetime | None = Field(default=None, sa_type=Instant, index=True)
    last_ok: datetime | None = Field(default=None, sa_type=Instant)
    last_full: datetime | None = Field(default=None, sa_type=Instant)
    next_poll: datetime | None = Field(default=None, sa_type=Instant, index=True)
    reason: str | None = None
    fresh_until: datetime | None = Field(default=None, sa_type=Instant)
    retry_after: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    reached: bool = True
    error: str | None = None
    note: str | None = None
    http_status: int | None = None
    gone: bool = False
    moved_to: str | None = None
    moved_times: int = 0
    rhythm: str | None = Field(default=None, sa_type=Text)
    title: str | None = None
    home: str | None = None
    language: str | None = None
    hub: str | None = None
    topic: str | None = None
    pushed_until: datetime | None = Field(default=None, sa_type=Instant)

    # Few of many: which are in trouble is asked in every tick.
    __table_args__ = (_partial("ix_feeds_trouble", "id", where=IN_TROUBLE),)


class LookRow(Base, table=True):
    """A document fetched outside a poll, before the feed's first one; see `values.feed.Look`."""

    __tablename__ = "looks"

    url: str = Field(primary_key=True)  # of the feed, as in feeds.yaml; it may not be there yet
    at: datetime = Field(sa_type=Instant)
    address: str  # that gave it, after redirects
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fresh_until: datetime | None = Field(default=None, sa_type=Instant)
    links: list[list[str]] = Field(sa_type=JSON)
    body: bytes = Field(sa_type=LargeBinary)


class SubscriptionRow(Base, table=True):
    """What was agreed with a feed's hub, or asked of it: see `values/push.py`."""

    __tablename__ = "subscriptions"

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feeds.id", index=True, ondelete="CASCADE")
    token: str = Field(unique=True)
    secret: str
    callback: str
    hub: str
    topic: str
    wanted: bool
    asked: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    error: str | None = None
    renew: datetime | None = Field(default=None, sa_type=Instant)
    expires: datetime | None = Field(default=None, sa_type=Instant)


class DeliveryRow(Base, table=True):
    """A document that a hub brought, waiting to be read; removed once it is."""

    __tablename__ = "deliveries"

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feeds.id", index=True, ondelete="CASCADE")
    content_type: str | None = None
    body: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Instant)


class ItemRow(Base, table=True):
    """One piece of news. Title, address and dates are those of its lead entry."""

    __tablename__ = "items"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)  # urn:uuid:..., for ever
    url: str | None = None
    title: str | None = None
    published: datetime | None = Field(default=None, sa_type=Instant)
    updated: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant)

    __table_args__ = (Index("ix_items_at_id", "at", "id"),)


class EntryRow(Base, table=True):
    """What a feed says: every source of every item, in its own words."""

    __tablename__ = "entries"

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feeds.id")
    item_id: int = Field(foreign_key="items.id", index=True)
    first_seen: datetime = Field(sa_type=Instant)
    published: datetime | None = Field(default=None, sa_type=Instant)
    updated: datetime | None = Field(default=None, sa_type=Instant)
    language: str | None = None
    guid_print: int | None = Field(default=None, sa_type=BigInteger)
    link_print: int | None = Field(default=None, sa_type=BigInteger, index=True)
    title_print: int | None = Field(default=None, sa_type=BigInteger)
    digest: int = Field(sa_type=BigInteger)
    sketch: bytes | None = None  # bits of the words of a longer text
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    # The long ones come last: SQLite goes through them to what is behind.
    text: str = Field(default="", sa_type=Text)
    pairs: str | None = Field(default=None, sa_type=Text)  # of letters: see aggregator.words
    details: dict[str, Any] = Field(sa_column=Column(Packed, nullable=False))

    __table_args__ = (
        Index("ix_entries_feed_id_guid_print", "feed_id", "guid_print"),
        Index("ix_entries_feed_id_link_print", "feed_id", "link_print"),
        Index("ix_entries_feed_id_title_print", "feed_id", "title_print"),
    )


class BandRow(Base, table=True):
    """Part of an entry's text signature: near-duplicates share at least one."""

    __tablename__ = "bands"

    band: int = Field(primary_key=True, sa_type=BigInteger)
    entry_id: int = Field(primary_key=True, foreign_key="entries.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)  # when the entry was first seen

    __table_args__ = (Index("ix_bands_entry_id", "entry_id"), _CLUSTERED)


class EntryTagRow(Base, table=True):
    """The rules' verdict on one entry, with its grounds."""

    __tablename__ = "entry_tags"

    entry_id: int = Field(primary_key=True, foreign_key="entries.id", ondelete="CASCADE")
    slug: str = Field(primary_key=True, sa_type=Slug)
    about: bool
    salience: float
    matches: list[list[Any]] = Field(sa_column=Column(JSON, nullable=False))

    __table_args__ = (_CLUSTERED,)


class ItemTagRow(Base, table=True):
    """A tag of an item: what its entries' tags and the editors' verdicts come to."""

    __tablename__ = "item_tags"

    item_id: int = Field(primary_key=True, foreign_key="items.id", ondelete="CASCADE")
    slug: str = Field(primary_key=True, sa_type=Slug)
    about: bool
    salience: float
    by: str  # "rule" or "editor"

    __table_args__ = (Index("ix_item_tags_slug_item_id", "slug", "item_id"), _CLUSTERED)


class CorrectionRow(Base, table=True):
    """An editor's verdict: this item has, or has not, this tag. No retag touches it."""

    __tablename__ = "corrections"

    item_id: int = Field(primary_key=True, foreign_key="items.id", ondelete="CASCADE")
    slug: str = Field(primary_key=True)
    wanted: bool
    at: datetime = Field(sa_type=Instant)


class PartingRow(Base, table=True):
    """An editor's verdict: no entry of this feed tells this item's story. None joins it again."""

    __tablename__ = "partings"

    feed_id: int = Field(primary_key=True, foreign_key="feeds.id", ondelete="CASCADE")
    item_id: int = Field(primary_key=True, foreign_key="items.id", ondelete="CASCADE")


class HeadlineRow(Base, table=True):
    """A title that an item had before."""

    __tablename__ = "headlines"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="items.id", index=True, ondelete="CASCADE")
    title: str
    until: datetime = Field(sa_type=Instant)


class AppearanceRow(Base, table=True):
    """An item shows in a channel: a tag, a view, everything."""

    __tablename__ = "appearances"

    channel: str = Field(primary_key=True)
    item_id: int = Field(primary_key=True, foreign_key="items.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)  # the item's
    shown: datetime | None = Field(default=None, sa_type=Instant)  # published here since; None: not
    archive: int | None = None  # the closed archive document it is in; None: still open

    __table_args__ = (
        Index("ix_appearances_channel_at_item_id", "channel", "at", "item_id"),
        # All that is asked of what is open, or in one document: else a channel would be read whole.
        Index("ix_appearances_channel_archive", "channel", "archive", "at", "item_id", "shown"),
        Index("ix_appearances_item_id", "item_id"),
        _CLUSTERED,
    )


class TombstoneRow(Base, table=True):
    """A print of an entry that retention removed while its feed may still list it."""

    __tablename__ = "tombstones"

    feed_id: int = Field(primary_key=True, foreign_key="feeds.id", ondelete="CASCADE")
    print: int = Field(primary_key=True, sa_type=BigInteger)
    seen: datetime = Field(sa_type=Instant)  # last time the feed listed it

    __table_args__ = (_CLUSTERED,)


class StaleRow(Base, table=True):
    """The outbox: what has to be published again. Rows are only added, and deleted once served."""

    __tablename__ = "stale"

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    # Numbers of the items that changed, by the days they show under; None: whatever there is.
    news: dict[str, list[int]] | None = Field(default=None, sa_column=Column(JSON))


class OutputRow(Base, table=True):
    """A file we published, so that one no longer wanted can be taken away."""

    __tablename__ = "outputs"

    path: str = Field(primary_key=True)
    channel: str = Field(index=True)
    seams: bytes | None = Field(default=None, sa_type=LargeBinary)  # see publish/seams.py

    # A channel has few files that may be cut, and many that never change again.
    __table_args__ = (_partial("ix_outputs_seamed", "channel", where="seams IS NOT NULL"),)


class TallyRow(Base, table=True):
    """How many items a channel had of each day or month, when it was published last."""

    __tablename__ = "tallies"

    channel: str = Field(primary_key=True)
    counts: dict[str, int] = Field(sa_column=Column(Packed, nullable=False))


class ArchiveRow(Base, table=True):
    """An archive document of a channel, closed for good; its number is never given again."""

    __tablename__ = "archives"

    channel: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    before: int | None = None  # the document its prev-archive leads to; None: it is the oldest
    newest: datetime = Field(sa_type=Instant)  # time of its newest item


class ChannelRow(Base, table=True):
    """A channel that is or was published, so that its address never falls silent."""

    __tablename__ = "channels"

    key: str = Field(primary_key=True)
    kind: str
    slug: str
    title: str
    marks: list[str] = Field(sa_column=Column(JSON, nullable=False))  # known by under another slug
    gone: datetime | None = Field(default=None, sa_type=Instant)  # since when; None: it is there


class PingRow(Base, table=True):
    """A published feed that changed and of which the hub has not heard yet."""

    __tablename__ = "pings"

    topic: str = Field(primary_key=True)  # the feed's address
    since: datetime = Field(sa_type=Instant)  # of the change
    due: datetime = Field(sa_type=Instant, index=True)
    tries: int = 0


class WatchedRow(Base, table=True):
    """Something that is out of the ordinary as long as the row is there."""

    __tablename__ = "watched"

    subject: str = Field(primary_key=True)  # "tag:sergei-lavrov", "feed:https://..."
    kind: str = Field(primary_key=True)  # values.watch.Kind
    since: datetime = Field(sa_type=Instant)
    told: str  # one line for people


class EventRow(Base, table=True):
    """Something out of the ordinary that began, for editors to follow."""

    __tablename__ = "events"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    kind: str
    subject: str
    title: str
    text: str
    page: str


class LetterRow(Base, table=True):
    """A message that a webhook has yet to take."""

    __tablename__ = "letters"

    id: int | None = Field(default=None, primary_key=True)
    to: str  # the alert's url, as in feeds.yaml
    body: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=Instant)
    due: datetime = Field(sa_type=Instant, index=True)
    tries: int = 0


class NoteRow(Base, table=True):
    """What the instance must remember about itself, by name."""

    __tablename__ = "notes"

    name: str = Field(primary_key=True)
    value: str
