"""Every error that a caller of this package must not ignore.

    AggregatorError
    ├── ConfigError        feeds.yaml cannot be used; lists every problem with its place
    ├── NotAFeed           a document that holds no feed
    ├── NotOpml            a file to import that is no list of feeds
    ├── FeedExists         the feed is in feeds.yaml already
    ├── NoSuchFeed         no such feed in feeds.yaml
    ├── PersonExists       somebody with this slug is in feeds.yaml already
    ├── NotEditable        feeds.yaml is written in a way that only a person can edit
    ├── NoSuchItem         no item has this id
    ├── NoSuchPerson       nobody in feeds.yaml has this slug
    ├── Outdated           another process works with a newer feeds.yaml than we do
    ├── Unusable           the database or the public folder cannot be used
    │   ├── SchemaTooNew   the database was written by a newer release
    │   └── Busy           another process holds what this one needs
    └── NotAnExpression    the text of a view's `match` cannot be read

What the world does every day (a 404, a timeout, a 429) is no error but an outcome: see
`aggregator.values.feed`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class AggregatorError(Exception):
    """Base of all our errors; its text is one line, fit to be shown to a user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in feeds.yaml, with its place."""

    path: str
    line: int  # 1-based
    column: int  # 1-based, in characters
    message: str  # what is wrong, and what to write instead

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class ConfigError(AggregatorError):
    """feeds.yaml cannot be used as it is."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems, in the order of their places."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class NotAFeed(AggregatorError):
    """The document holds no feed; the text says what it seems to be instead."""


class NotOpml(AggregatorError):
    """The file is no list of feeds in OPML; the text says what it seems to be instead."""


class FeedExists(AggregatorError):
    """The feed is in feeds.yaml already."""


class NoSuchFeed(AggregatorError):
    """feeds.yaml has no such feed."""


class PersonExists(AggregatorError):
    """Somebody with this slug is in feeds.yaml already."""


class NotEditable(AggregatorError):
    """feeds.yaml is written in a way that only a person can edit; the text says what to add."""


class NoSuchItem(AggregatorError):
    """No stored item has this id."""


class NotParted(AggregatorError):
    """An item cannot be parted so; the text says why, and which feeds carry it."""


class NoSuchPerson(AggregatorError):
    """Nobody in feeds.yaml has this slug."""


def nobody(slug: str, known: Iterable[str]) -> NoSuchPerson:
    """The error for a slug that is nobody's, naming the nearest of the known ones."""
    from difflib import get_close_matches  # noqa: PLC0415 (every verb imports this module)

    near = get_close_matches(slug, list(known), n=1)
    instead = f"did you mean {near[0]}?" if near else "see `aggregator people list`"
    return NoSuchPerson(f"no person in feeds.yaml has the slug {slug}: {instead}")


class Outdated(AggregatorError):
    """What is stored is in line with another feeds.yaml than ours: what we found must not join it."""


class Unusable(AggregatorError):
    """The database or the public folder cannot be used; the text says which, why and what to do."""


class SchemaTooNew(Unusable):
    """The database was written by a newer release of aggregator."""


class Busy(Unusable):
    """Another process holds the instance; try again when it is done."""


class NotAnExpression(AggregatorError):
    """An expression over tags, groups, feeds and languages cannot be read."""

    def __init__(self, message: str, offset: int) -> None:
        """Keep where in the expression the trouble starts, 0-based, in characters."""
        self.offset = offset
        super().__init__(message)
