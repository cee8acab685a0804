"""Channels that are or were published: an address that was followed once never falls silent."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from aggregator.store.tables import ChannelRow
from aggregator.values.output import Channel, ChannelKind, Known


def sync(session: Session, listed: Sequence[Known], now: datetime) -> None:
    """Remember the channels of feeds.yaml, and since when others are no more."""
    for known in listed:
        channel = known.channel
        session.merge(
            ChannelRow(
                key=channel.key,
                kind=channel.kind,
                slug=channel.slug,
                title=channel.title,
                marks=list(known.marks),
                gone=None,
            )
        )
    keys = {known.channel.key for known in listed}
    for row in session.exec(select(ChannelRow).where(col(ChannelRow.gone).is_(None))):
        if row.key not in keys:
            row.gone = now


def gone(session: Session) -> list[Known]:
    """Channels that were published and are listed no more."""
    query = select(ChannelRow).where(col(ChannelRow.gone).is_not(None))
    return [
        Known(
            channel=Channel(cast(ChannelKind, row.kind), row.slug, row.title),
            marks=tuple(row.marks),
            gone=row.gone,
        )
        for row in session.exec(query.order_by(col(ChannelRow.key)))
    ]
