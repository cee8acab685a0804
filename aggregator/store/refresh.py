"""Keeps items true to their entries: words, dates, tags, channels, and what is stale after it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping, bindparam
from sqlmodel import Session, col, delete, select, update

from aggregator.expression import Facts
from aggregator.store.archives import reopen
from aggregator.store.bulk import Bulk, stored_time
from aggregator.store.outputs import mark_stale
from aggregator.store.sets import in_batches
from aggregator.store.tables import (
    AppearanceRow,
    CorrectionRow,
    EntryRow,
    EntryTagRow,
    FeedRow,
    ItemRow,
    ItemTagRow,
)
from aggregator.values.feed import FeedSettings
from aggregator.values.item import ItemTag

ChannelsOf = Callable[[Facts, frozenset[str]], frozenset[str]]
"""Keys of the channels an item shows in, by its facts and the tags it is about."""

_TAG_NAMES = ("item_id", "slug", "about", "salience", "by")
_TAGS = Bulk(ItemTagRow, _TAG_NAMES)
_APPEARANCES = Bulk(AppearanceRow, ("channel", "item_id", "at"))

LEAD_FIRST = (
    col(EntryRow.first_seen),
    col(EntryRow.published).nulls_last(),
    col(EntryRow.feed_id),
    col(EntryRow.id),
)
"""The order of an item's entries, in which the first is the lead."""


def refresh(
    session: Session,
    numbers: Iterable[int],
    feeds: Mapping[str, FeedSettings],
    channels_of: ChannelsOf,
) -> None:
    """Bring items in line with their entries and the editors' verdicts.

    Words, address and dates follow the lead: the entry seen first, and of those seen in one cycle
    the one published first, or of the feed listed first. Tags are those of all entries, with the verdicts on top; channels
    follow from these. Every channel that
    showed an item, or shows it now, becomes stale.

    Args:
        numbers: of the items whose entries, tags or verdicts changed.
        feeds: by address as in feeds.yaml, for groups and languages.
    """
    for batch in in_batches(numbers):
        _refresh(session, batch, feeds, channels_of)


def _refresh(
    session: Session,
    numbers: Sequence[int],
    feeds: Mapping[str, FeedSettings],
    channels_of: ChannelsOf,
) -> None:
    items = _rows(session, numbers)
    tags = _tags(session, numbers)
    before = _appearances(session, numbers)
    changed: list[dict[str, object]] = []
    appear: list[tuple[str, int, int | None]] = []
    vanish: list[dict[str, object]] = []
    left: list[tuple[str, int]] = []
    moved: list[dict[str, object]] = []
    shown: list[tuple[str, datetime, int]] = []
    for number, group in groupby(_entries(session, numbers), key=itemgetter("item_id")):
        entries = list(group)
        lead, item = entries[0], items[number]
        words = _words(lead)
        if words != {name: item[name] for name in words}:
            changed.append({"number": number, **words})
        at = lead["published"] or lead["first_seen"]
        channels = channels_of(
            _facts(entries, feeds, tags[number]),
            frozenset(tag.slug for tag in tags[number] if tag.about),
        )
        old = before[number]
        vanish += [{"key": key, "number": number} for key in old.keys() - channels]
        left += [(key, old[key] or 0) for key in old.keys() - channels if old[key] is not None]
        stored = stored_time(at)
        appear += [(key, number, stored) for key in channels - old.keys()]
        if at != item["at"]:
            moved.append({"number": number, "time": at})
        shown += [(key, item["at"], number) for key in old]
        shown += [(key, at, number) for key in channels]
    _execute_many(session, changed, vanish, moved, appear)
    reopen(session, left)
    _save_tags(session, numbers, tags)
    mark_stale(session, shown)


def _execute_many(
    session: Session,
    changed: Sequence[dict[str, object]],
    vanish: Sequence[dict[str, object]],
    moved: Sequence[dict[str, object]],
    appear: Sequence[tuple[str, int, int | None]],
) -> None:
    connection = session.connection()
    if changed:
        words = ("title", "url", "published", "at")
        connection.execute(
            update(ItemRow)
            .where(col(ItemRow.id) == bindparam("number"))
            .values({name: bindparam(name) for name in words}),
            changed,
        )
    if vanish:
        connection.execute(
            delete(AppearanceRow).where(
                col(AppearanceRow.channel) == bindparam("key"),
                col(AppearanceRow.item_id) == bindparam("number"),
            ),
            vanish,
        )
    if moved:
        connection.execute(
            update(AppearanceRow)
            .where(col(AppearanceRow.item_id) == bindparam("number"))
            .values(at=bindparam("time")),
            moved,
        )
    _APPEARANCES.add(session, sorted(appear))  # in the order of the key


def _words(lead: RowMapping) -> dict[str, object]:
    """What an item takes from its lead entry."""
    return {
        "title": lead["title"],
        "url": lead["link"],
        "published": lead["published"],
        "at": lead["published"] or lead["first_seen"],
    }


def _rows(session: Session, numbers: Sequence[int]) -> dict[int, RowMapping]:
    columns = [col(getattr(ItemRow, name)) for name in ("id", "title", "url", "published", "at")]
    query = sa.select(*columns).where(col(ItemRow.id).in_(numbers))
    return {row["id"]: row for row in session.execute(query).mappings()}


def _entries(session: Session, numbers: Sequence[int]) -> Sequence[RowMapping]:
    columns: list[Any] = [
        *(col(getattr(EntryRow, name)) for name in ("item_id", "link", "title", "published")),
        *(col(getattr(EntryRow, name)) for name in ("first_seen", "language")),
        col(FeedRow.url).label("feed"),
        sa.label("feed_language", col(FeedRow.language)),
    ]
    query = (
        sa.select(*columns)
        .join(FeedRow, col(FeedRow.id) == col(EntryRow.feed_id))
        .where(col(EntryRow.item_id).in_(numbers))
        .order_by(col(EntryRow.item_id), *LEAD_FIRST)
    )
    return session.execute(query).mappings().all()


def _tags(session: Session, numbers: Sequence[int]) -> dict[int, list[ItemTag]]:
    """Tags of each item: of all its entries by rule, with the editors' verdicts on top."""
    tags: dict[int, dict[str, ItemTag]] = defaultdict(dict)
    by_rule = (
        select(EntryRow.item_id, EntryTagRow.slug, EntryTagRow.about, EntryTagRow.salience)
        .join(EntryRow, col(EntryRow.id) == col(EntryTagRow.entry_id))
        .where(col(EntryRow.item_id).in_(numbers))
    )
    for number, slug, about, salience in session.exec(by_rule):
        had = tags[number].get(slug)
        tags[number][slug] = ItemTag(
            slug,
            about or (had is not None and had.about),
            max(salience, had.salience if had else 0.0),
        )
    verdicts = select(CorrectionRow).where(col(CorrectionRow.item_id).in_(numbers))
    for verdict in session.exec(verdicts):
        if verdict.wanted:
            tags[verdict.item_id][verdict.slug] = ItemTag(verdict.slug, True, 1.0, "editor")
        else:
            tags[verdict.item_id].pop(verdict.slug, None)
    return defaultdict(
        list,
        {number: [of[slug] for slug in sorted(of)] for number, of in tags.items()},
    )


def _save_tags(
    session: Session, numbers: Sequence[int], tags: Mapping[int, Sequence[ItemTag]]
) -> None:
    wanted = {
        (number, tag.slug, tag.about, tag.salience, tag.by)
        for number in numbers
        for tag in tags.get(number, ())
    }
    columns = [col(getattr(ItemTagRow, name)) for name in _TAG_NAMES]
    stored = {
        tuple(row)
        for row in session.execute(sa.select(*columns).where(col(ItemTagRow.item_id).in_(numbers)))
    }
    connection = session.connection()
    if gone := stored - wanted:
        connection.execute(
            delete(ItemTagRow).where(
                col(ItemTagRow.item_id) == bindparam("number"),
                col(ItemTagRow.slug) == bindparam("tag"),
            ),
            [{"number": row[0], "tag": row[1]} for row in sorted(gone)],
        )
    _TAGS.add(session, sorted(wanted - stored))


def _appearances(session: Session, numbers: Sequence[int]) -> dict[int, dict[str, int | None]]:
    """The channels of each item, and the archive document of the channel that holds it."""
    found: dict[int, dict[str, int | None]] = defaultdict(dict)
    columns = [col(getattr(AppearanceRow, name)) for name in ("item_id", "channel", "archive")]
    query = sa.select(*columns).where(col(AppearanceRow.item_id).in_(numbers))
    for number, channel, archive in session.execute(query):
        found[number][channel] = archive
    return found


def _facts(
    entries: Sequence[RowMapping], feeds: Mapping[str, FeedSettings], tags: Sequence[ItemTag]
) -> Facts:
    """What is known of an item over all its sources."""
    settings = [feeds[entry["feed"]] for entry in entries if entry["feed"] in feeds]
    languages = {
        entry["language"]
        or (feeds[entry["feed"]].language if entry["feed"] in feeds else None)
        or entry["feed_language"]
        for entry in entries
    }
    return Facts(
        tags=frozenset(tag.slug for tag in tags),
        groups=frozenset(group for feed in settings for group in feed.groups),
        feeds=frozenset(entry["feed"] for entry in entries),
        languages=frozenset(language for language in languages if language),
    )
