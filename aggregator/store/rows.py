"""Row <-> value, and nothing else."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from aggregator.store.bulk import stored_time
from aggregator.store.packed import packed
from aggregator.store.tables import FeedRow, instant
from aggregator.values.feed import FeedState, Moved, Validators
from aggregator.values.item import Category, Enclosure, Entry, KnownEntry, Picture, Prints
from aggregator.values.tag import Match, Tag
from aggregator.words import pairs

# The fields of a feed's state that are columns of the same name.
PLAIN_STATE = tuple(
    field.name
    for field in fields(FeedState)
    if field.name not in {"validators", "other_validators", "moved"}
)
# What of an entry is only ever read whole.
DETAILS = ("summary", "content", "guid_is_link", "comments", "via")


def state_of(row: FeedRow) -> FeedState:
    """The polled state in a feed's row."""
    return FeedState(
        validators=None
        if row.validators_url is None
        else Validators(row.validators_url, row.etag, row.last_modified),
        other_validators=tuple(
            Validators(url or "", *given) for url, *given in row.other_validators
        ),
        moved=None if row.moved_to is None else Moved(row.moved_to, row.moved_times),
        **{name: getattr(row, name) for name in PLAIN_STATE},
    )


def state_columns(state: FeedState) -> dict[str, Any]:
    """The columns that keep a feed's state."""
    validators, moved = state.validators, state.moved
    return {
        **{name: getattr(state, name) for name in PLAIN_STATE},
        "validators_url": validators.url if validators else None,
        "etag": validators.etag if validators else None,
        "last_modified": validators.last_modified if validators else None,
        "other_validators": [
            [other.url, other.etag, other.last_modified] for other in state.other_validators
        ],
        "moved_to": moved.to if moved else None,
        "moved_times": moved.times if moved else 0,
    }


STATE_COLUMNS = tuple(state_columns(FeedState()))


def entry_columns(entry: Entry, prints: Prints) -> dict[str, Any]:
    """The columns that keep an entry's words and what it is looked up by."""
    return {
        "guid": entry.guid,
        "link": entry.link,
        "title": entry.title,
        "text": entry.text,
        "pairs": pairs(f"{entry.title or ''}\n{entry.text}"),
        "published": entry.published,
        "updated": entry.updated,
        "language": entry.language,
        "details": _details(entry),
        **print_columns(prints),
        "sketch": _sketched(prints.sketch),
    }


def entry_values(entry: Entry, prints: Prints) -> tuple[Any, ...]:
    """The same values in the same order, as the driver takes them."""
    columns = entry_columns(entry, prints)
    columns["published"] = stored_time(entry.published)
    columns["updated"] = stored_time(entry.updated)
    columns["details"] = packed(columns["details"])
    return tuple(columns.values())


def print_columns(prints: Prints) -> dict[str, Any]:
    """The columns an entry is looked up by."""
    return {
        "guid_print": prints.guid,
        "link_print": prints.link,
        "title_print": prints.title,
        "digest": prints.digest,
    }


def _sketched(sketch: int) -> bytes | None:
    return sketch.to_bytes(-(-sketch.bit_length() // 8), "big") if sketch else None


def _details(entry: Entry) -> dict[str, Any]:
    details: dict[str, Any] = {
        name: value for name in DETAILS if (value := getattr(entry, name)) not in (None, False)
    }
    if entry.authors:
        details["authors"] = list(entry.authors)
    if entry.categories:
        details["categories"] = [[c.term, c.scheme, c.label] for c in entry.categories]
    if entry.enclosures:
        details["enclosures"] = [[e.url, e.media_type, e.length, e.title] for e in entry.enclosures]
    if entry.picture:
        picture = entry.picture
        details["picture"] = [picture.url, picture.caption, picture.width, picture.height]
    return details


def entry_of(row: RowMapping) -> Entry:
    """The entry in a row of the columns that `entry_columns` names."""
    details = row["details"]
    picture = details.get("picture")
    return Entry(
        guid=row["guid"],
        link=row["link"],
        title=row["title"],
        published=row["published"],
        updated=row["updated"],
        text=row["text"],
        language=row["language"],
        authors=tuple(details.get("authors", ())),
        categories=tuple(Category(*category) for category in details.get("categories", ())),
        enclosures=tuple(Enclosure(*enclosure) for enclosure in details.get("enclosures", ())),
        picture=Picture(*picture) if picture else None,
        **{name: details[name] for name in DETAILS if name in details},
    )


def known_of(row: Sequence[Any]) -> KnownEntry:
    """A stored entry as deciding needs it, from the columns of `KNOWN_NAMES` as the driver gives them."""
    number, item, feed, guid, link, title, text, published, first_seen, *prints = row
    return KnownEntry(
        id=number,
        item_id=item,
        feed_id=feed,
        prints=_prints_of(*prints),
        guid=guid,
        link=link,
        title=title,
        text=text,
        published=None if published is None else instant(published),
        first_seen=instant(first_seen),
    )


def _prints_of(
    guid: int | None, link: int | None, title: int | None, digest: int, sketch: bytes | None
) -> Prints:
    return Prints(guid, link, title, digest, sketch=sketch_of(sketch))


def sketch_of(stored: bytes | None) -> int:
    """The sketch that is stored so."""
    return int.from_bytes(stored or b"", "big")


ENTRY_NAMES = tuple(entry_columns(Entry(), Prints(None, None, None, 0)))
"""The columns that `entry_columns` fills."""
PRINT_NAMES = ("guid_print", "link_print", "title_print", "digest")
KNOWN_NAMES = (
    *("id", "item_id", "feed_id", "guid", "link", "title", "text", "published", "first_seen"),
    *PRINT_NAMES,
    "sketch",
)
"""The columns that `known_of` reads, in this order."""


def match_list(match: Match) -> list[Any]:
    """A match as the short list that is stored."""
    return [match.field, match.start, match.end, match.text, match.rule, match.index]


def tag_of(row: RowMapping) -> Tag:
    """The rules' tag in a row."""
    return Tag(
        slug=row["slug"],
        matches=tuple(Match(*match) for match in row["matches"]),
        salience=row["salience"],
        about=row["about"],
    )
