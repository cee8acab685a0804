"""Search in all stored texts, and items with several tags: what is asked over HTTP only."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func, select, tuple_

from aggregator.store.items import Place, whole
from aggregator.store.tables import EntryRow, FeedRow, ItemRow, ItemTagRow
from aggregator.values.item import Item
from aggregator.words import Term, pairs_asked, terms_of

_ACCENTS = re.compile(r"[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; empty fields ask for nothing."""

    text: str = ""  # its terms, in title or text: see aggregator.words
    all_of: frozenset[str] = frozenset()  # slugs
    any_of: frozenset[str] = frozenset()  # slugs
    about: bool = False  # only items about them, without passing mentions
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    untagged: bool = False  # only items without any tag
    feed: str | None = None  # address as in feeds.yaml of a feed that is a source


def search(
    session: Session, wanted: Wanted, *, limit: int, before: Place | None = None
) -> list[Item]:
    """Items that fit, newest first.

    Args:
        limit: at most so many.
        before: the place of the last item of the page above; None for the first page.
    """
    row = ItemRow
    query = select(row.id).where(*_conditions(session, wanted))
    if before is not None:
        query = query.where(tuple_(col(row.at), col(row.id)) < before)
    query = query.order_by(col(row.at).desc(), col(row.id).desc()).limit(limit)
    return whole(session, [number for number in session.exec(query) if number is not None])


def count(session: Session, wanted: Wanted, *, most: int | None = None) -> int:
    """How many items fit.

    Args:
        most: stop counting there; None for all.
    """
    fitting = select(ItemRow.id).where(*_conditions(session, wanted)).limit(most).subquery()
    return session.exec(select(func.count()).select_from(fitting)).one()


def _conditions(session: Session, wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    number = col(ItemRow.id)
    if terms := terms_of(wanted.text):
        yield number.in_(select(EntryRow.item_id).where(_holds(session, terms)))
    elif wanted.text.strip():
        yield sa.false()  # nothing but punctuation
    about = [col(ItemTagRow.about)] if wanted.about else []
    for slug in sorted(wanted.all_of):
        yield number.in_(select(ItemTagRow.item_id).where(ItemTagRow.slug == slug, *about))
    if wanted.any_of:
        any_of = col(ItemTagRow.slug).in_(wanted.any_of)
        yield number.in_(select(ItemTagRow.item_id).where(any_of, *about))
    if wanted.untagged:
        yield number.not_in(select(ItemTagRow.item_id))
    if wanted.feed is not None:
        feed = select(FeedRow.id).where(FeedRow.url == wanted.feed).scalar_subquery()
        yield number.in_(select(EntryRow.item_id).where(col(EntryRow.feed_id) == feed))
    if wanted.since is not None:
        yield col(ItemRow.at) >= wanted.since
    if wanted.until is not None:
        yield col(ItemRow.at) < wanted.until


def _holds(session: Session, terms: Sequence[Term]) -> sa.ColumnElement[bool]:
    """The condition that an entry holds all these terms, in the engine's own search."""
    if session.get_bind().dialect.name == "sqlite":
        hits = sa.text("SELECT rowid FROM search WHERE search MATCH :asked")
        asked = " ".join(map(_on_sqlite, terms))
        return col(EntryRow.id).in_(hits.bindparams(asked=asked).columns(sa.column("rowid")))
    asked = " & ".join(map(_on_postgresql, terms))
    return sa.literal_column("entries.words").op("@@")(func.to_tsquery("simple", asked))


def _on_sqlite(term: Term) -> str:
    """A phrase of FTS5; between its quotes no word has a meaning of its own."""
    words = pairs_asked(term.words[0]) if term.is_unspaced else term.words
    return f'"{" ".join(words)}"' + "*" * _may_go_on(term, words)


def _on_postgresql(term: Term) -> str:
    words = pairs_asked(term.words[0]) if term.is_unspaced else term.words
    phrase = " <-> ".join(f"'{_without_accents(word)}'" for word in words)
    return f"({phrase}{':*' * _may_go_on(term, words)})"


def _may_go_on(term: Term, words: Sequence[str]) -> bool:
    """Whether the last word may be a beginning; a single letter of a run is that of a pair."""
    return term.begins or (term.is_unspaced and len(words[-1]) == 1)


def _without_accents(word: str) -> str:
    """The word as PostgreSQL's index has it; SQLite's does the same by itself."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", word))
