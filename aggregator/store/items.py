"""Items, read: whole, by page, by channel; and an editor's verdicts on them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import BigInteger, type_coerce
from sqlmodel import Session, col, delete, func, select, tuple_

from aggregator.errors import NoSuchItem
from aggregator.store.keyed import marked
from aggregator.store.refresh import LEAD_FIRST
from aggregator.store.rows import entry_of, tag_of
from aggregator.store.sets import in_batches
from aggregator.store.tables import (
    EPOCH,
    AppearanceRow,
    CorrectionRow,
    EntryRow,
    EntryTagRow,
    FeedRow,
    HeadlineRow,
    ItemRow,
    ItemTagRow,
    table_of,
)
from aggregator.store.trips import answers
from aggregator.values.item import Headline, Item, ItemTag, Source
from aggregator.values.tag import Tag

DAY_US = 86_400_000_000
NEWEST = 300  # items that are looked at for who is named together with somebody

_ITEM, _ENTRY, _FEED = table_of(ItemRow), table_of(EntryRow), table_of(FeedRow)
_ENTRY_TAG, _ITEM_TAG = table_of(EntryTagRow), table_of(ItemTagRow)
_SHOWN = table_of(AppearanceRow)
_HEADLINE, _VERDICT = table_of(HeadlineRow), table_of(CorrectionRow)

# Made once: making a query costs more than asking it.
_NUMBERS: sa.BindParameter[int] = sa.bindparam("numbers", expanding=True)
_ITEMS = sa.select(
    *(_ITEM.c[name] for name in ("id", "uid", "url", "title", "published", "updated", "at"))
).where(_ITEM.c.id.in_(_NUMBERS))
_SOURCES = (
    sa.select(
        *(_ENTRY.c[name] for name in ("id", "item_id", "guid", "link", "title", "text")),
        *(_ENTRY.c[name] for name in ("published", "updated", "language", "details")),
        _ENTRY.c.first_seen,
        _FEED.c.url.label("feed"),
        _FEED.c.title.label("feed_title"),
        _FEED.c.home.label("feed_home"),
    )
    .join(_FEED, _FEED.c.id == _ENTRY.c.feed_id)
    .where(_ENTRY.c.item_id.in_(_NUMBERS))
    .order_by(*LEAD_FIRST)
)
_ENTRY_TAGS = (
    sa.select(_ENTRY_TAG).where(_ENTRY_TAG.c.entry_id.in_(_NUMBERS)).order_by(_ENTRY_TAG.c.slug)
)
_ITEM_TAGS = (
    sa.select(*(_ITEM_TAG.c[name] for name in ("item_id", "slug", "about", "salience", "by")))
    .where(_ITEM_TAG.c.item_id.in_(_NUMBERS))
    .order_by(_ITEM_TAG.c.slug)
)
_TOGETHER = (
    "SELECT item_tags.slug, COUNT(*) AS times FROM item_tags JOIN"
    " (SELECT item_id FROM appearances WHERE channel = {0}"
    " ORDER BY at DESC, item_id DESC LIMIT {0}) AS newest ON newest.item_id = item_tags.item_id"
    " WHERE item_tags.slug <> {0} GROUP BY item_tags.slug"
    " ORDER BY times DESC, item_tags.slug LIMIT {0}"
)
_DAY = type_coerce(_SHOWN.c.at, BigInteger) // DAY_US
_DAYS = (
    sa.select(_DAY, sa.func.count())
    .where(_SHOWN.c.channel == sa.bindparam("channel"), _SHOWN.c.at >= sa.bindparam("since"))
    .group_by(_DAY)
    .order_by(_DAY)
)
_HEADLINES = (
    sa.select(_HEADLINE.c.item_id, _HEADLINE.c.title, _HEADLINE.c.until)
    .where(_HEADLINE.c.item_id.in_(_NUMBERS))
    .order_by(_HEADLINE.c.id.desc())
)
_DENIED = sa.select(_VERDICT.c.item_id, _VERDICT.c.slug).where(
    _VERDICT.c.item_id.in_(_NUMBERS), ~_VERDICT.c.wanted
)
Place = tuple[datetime, int]
"""Where an item stands in a list, newest first: its time and number."""


def whole(session: Session, numbers: Sequence[int]) -> list[Item]:
    """The items of these numbers, in this order, each with all there is to it."""
    found: dict[int, Item] = {}
    connection = session.connection()  # a session takes half as long again, for nothing
    for batch in in_batches(numbers):
        sources = _sources(connection, batch)
        tags = _item_tags(connection, batch)
        earlier = _headlines(connection, batch)
        denied = _denied(connection, batch)
        for number, uid, url, title, published, updated, at in connection.execute(
            _ITEMS, {"numbers": batch}
        ):
            found[number] = Item(
                number=number,
                id=uid,
                url=url,
                title=title,
                published=published,
                updated=updated,
                at=at,
                sources=tuple(sources[number]),
                tags=tuple(tags[number]),
                earlier=tuple(earlier[number]),
                denied=frozenset(denied[number]),
            )
    return [found[number] for number in numbers if number in found]


def numbered_after(session: Session, number: int, *, limit: int) -> list[Item]:
    """The next items in order of arrival, after this number."""
    query = select(ItemRow.id).where(col(ItemRow.id) > number).order_by(col(ItemRow.id))
    return whole(session, [found for found in session.exec(query.limit(limit)) if found])


def numbers_upto(session: Session, number: int) -> tuple[int, int]:
    """How many items have this number or a lower one, and how many there are."""
    total = func.count(col(ItemRow.id))
    upto = select(total).where(col(ItemRow.id) <= number)
    return (session.exec(upto).one() if number else 0), session.exec(select(total)).one()


def by_id(session: Session, uid: str) -> Item:
    """The item of this permanent id, given with or without "urn:uuid:"; raises NoSuchItem."""
    uid = uid if uid.startswith("urn:uuid:") else f"urn:uuid:{uid}"
    number = session.exec(select(ItemRow.id).where(ItemRow.uid == uid)).first()
    if number is None:
        raise NoSuchItem(f"{uid}: no item has this id; `aggregator items` lists them")
    return whole(session, [number])[0]


def page(
    session: Session,
    channel: str,
    *,
    limit: int | None,
    before: Place | None = None,
    since: datetime | None = None,
    only_open: bool = False,
) -> list[Item]:
    """Items of a channel, newest first.

    Args:
        channel: its key.
        limit: at most so many; None for all.
        before: the place of the last item of the page above; None for the first page.
        since: only items of this time or later.
        only_open: only items that are in no closed archive document.
    """
    row = AppearanceRow
    query = select(row.item_id).where(col(row.channel) == channel)
    if before is not None:
        query = query.where(tuple_(col(row.at), col(row.item_id)) < before)
    if since is not None:
        query = query.where(col(row.at) >= since)
    if only_open:
        query = query.where(col(row.archive).is_(None))
    query = query.order_by(col(row.at).desc(), col(row.item_id).desc()).limit(limit)
    return whole(session, session.exec(query).all())


def walk(session: Session, channel: str, *, step: int = 500) -> Iterator[Item]:
    """Every item of a channel, newest first, a few at a time in memory."""
    place: Place | None = None
    while items := page(session, channel, limit=step, before=place):
        yield from items
        place = (items[-1].at, items[-1].number)


def days(session: Session, channel: str, *, since: datetime | None = None) -> dict[date, int]:
    """How many items a channel has of each day (UTC), oldest day first."""
    asked = {"channel": channel, "since": since or EPOCH.replace(year=1)}
    return {
        (EPOCH + timedelta(days=int(number))).date(): count
        for number, count in session.connection().execute(_DAYS, asked)
    }


def totals(session: Session) -> dict[str, tuple[int, datetime]]:
    """Of every channel with an item: how many, and the time of the newest."""
    row = AppearanceRow
    query = select(row.channel, func.count(), func.max(row.at)).group_by(col(row.channel))
    return {channel: (count, newest) for channel, count, newest in session.exec(query)}


def together(
    session: Session, slugs: Sequence[str], *, limit: int
) -> dict[str, list[tuple[str, int]]]:
    """For each tag, those most often on its newest items with it, and on how many of them."""
    query = marked(session, _TOGETHER)
    statements = [(query, (f"tag:{slug}", NEWEST, slug, limit)) for slug in slugs]
    found = zip(slugs, answers(session, statements), strict=True)
    return {slug: [(other, times) for other, times in rows] for slug, rows in found}


def counts(session: Session) -> dict[str, int]:
    """How much is stored: feeds of feeds.yaml, items, entries, tags given."""
    return {
        "feeds": session.exec(select(func.count()).where(col(FeedRow.active))).one(),
        "items": session.exec(select(func.count(col(ItemRow.id)))).one(),
        "entries": session.exec(select(func.count(col(EntryRow.id)))).one(),
        "tags": session.exec(select(func.count(col(ItemTagRow.item_id)))).one(),
    }


def correct(session: Session, uid: str, verdicts: Mapping[str, bool | None], now: datetime) -> int:
    """Keep an editor's verdicts on an item: slug -> whether it is to have the tag.

    None takes the verdict back: the rules decide again.

    Returns:
        The item's number, to be refreshed.

    Raises:
        NoSuchItem: no item has this id.
    """
    number = by_id(session, uid).number
    for slug, wanted in verdicts.items():
        if wanted is None:
            row = CorrectionRow
            session.execute(delete(row).where(col(row.item_id) == number, col(row.slug) == slug))
        else:
            session.merge(CorrectionRow(item_id=number, slug=slug, wanted=wanted, at=now))
    session.flush()
    return number


def _sources(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Source]]:
    rows = connection.execute(_SOURCES, {"numbers": numbers}).mappings().all()
    tags = _entry_tags(connection, [row["id"] for row in rows])
    sources: dict[int, list[Source]] = defaultdict(list)
    for row in rows:
        sources[row["item_id"]].append(
            Source(
                id=row["id"],
                feed=row["feed"],
                feed_title=row["feed_title"],
                feed_home=row["feed_home"],
                entry=entry_of(row),
                first_seen=row["first_seen"],
                tags=tuple(tags[row["id"]]),
            )
        )
    return sources


def _entry_tags(connection: sa.Connection, entries: Sequence[int]) -> dict[int, list[Tag]]:
    tags: dict[int, list[Tag]] = defaultdict(list)
    for batch in in_batches(entries):
        for row in connection.execute(_ENTRY_TAGS, {"numbers": batch}).mappings():
            tags[row["entry_id"]].append(tag_of(row))
    return tags


def _item_tags(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[ItemTag]]:
    tags: dict[int, list[ItemTag]] = defaultdict(list)
    for number, slug, about, salience, by in connection.execute(_ITEM_TAGS, {"numbers": numbers}):
        tags[number].append(ItemTag(slug, about, salience, "editor" if by == "editor" else "rule"))
    return tags


def _headlines(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Headline]]:
    earlier: dict[int, list[Headline]] = defaultdict(list)
    for number, title, until in connection.execute(_HEADLINES, {"numbers": numbers}):
        earlier[number].append(Headline(title, until))
    return earlier


def _denied(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    denied: dict[int, list[str]] = defaultdict(list)
    for number, slug in connection.execute(_DENIED, {"numbers": numbers}):
        denied[number].append(slug)
    return denied
