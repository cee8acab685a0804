"""Documents fetched outside a poll, kept for the first one: nobody is asked in full twice."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, col, delete, insert, select

from aggregator.store.tables import LookRow
from aggregator.values.feed import Feed, Fetched, Look, Validators

KEPT = timedelta(days=7)  # of a feed that is never added, or never polled


def keep(session: Session, url: str, look: Look) -> None:
    """Keep a document in place of an earlier one, until the feed's first poll.

    Args:
        url: of the feed, as feeds.yaml has it or will have it.
    """
    fetched = look.fetched
    old = (col(LookRow.url) == url) | (col(LookRow.at) < look.at - KEPT)
    session.execute(delete(LookRow).where(old))
    session.execute(
        insert(LookRow).values(
            url=url,
            at=look.at,
            address=fetched.url,
            content_type=fetched.content_type,
            etag=fetched.validators.etag,
            last_modified=fetched.validators.last_modified,
            fresh_until=look.at + fetched.fresh_for if fetched.fresh_for else None,
            links=[list(link) for link in fetched.links],
            body=zlib.compress(fetched.body, 1),
        )
    )


def of(session: Session, url: str) -> Look | None:
    """The look that was had at a feed; None where none was."""
    row = session.get(LookRow, url)
    return None if row is None else _look(row)


def with_looks(session: Session, feeds: Sequence[Feed]) -> list[Feed]:
    """The feeds, those never read yet with the look that was had at them."""
    new = [feed.settings.url for feed in feeds if feed.state.last_full is None]
    if not new or session.exec(select(LookRow.url).limit(1)).first() is None:
        return list(feeds)
    return [
        replace(feed, look=of(session, feed.settings.url)) if feed.state.last_full is None else feed
        for feed in feeds
    ]


def drop(session: Session, urls: Iterable[str]) -> None:
    """These feeds were polled."""
    session.execute(delete(LookRow).where(col(LookRow.url).in_(list(urls))))


def _look(row: LookRow) -> Look:
    fresh_for = row.fresh_until - row.at if row.fresh_until else timedelta(0)
    return Look(
        row.at,
        Fetched(
            body=zlib.decompress(row.body),
            url=row.address,
            status=200,
            content_type=row.content_type,
            validators=Validators(row.address, row.etag, row.last_modified),
            fresh_for=fresh_for,
            links=tuple((rel, url) for rel, url in row.links),
        ),
    )
