"""What no single value shows: doubles, contradictions, names that nothing has."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from aggregator import expression
from aggregator.config import addresses, schema
from aggregator.config.complaints import nearest
from aggregator.config.names import slug_of
from aggregator.config.nodes import shown
from aggregator.errors import NotAnExpression

_SQLITE = "sqlite:///"  # in front of a file's path

Steps: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What could be read, each by its number in its list; what could not is missing."""

    database: str  # its address
    publish_to: str
    poll: schema.Poll
    feeds: dict[int, schema.Feed]
    people: dict[int, schema.Person]
    views: dict[int, schema.View]
    alerts: dict[int, schema.Alert]
    all_feeds: bool  # none is missing: views may be told what does not exist
    all_people: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something wrong between values."""

    steps: Steps  # to the value to change
    message: str  # `{line}` stands for the line of `other`
    other: Steps = ()
    index: int = 0  # where in the value's text


def contradictions(parts: Parts, path: Path) -> Iterator[Contradiction]:
    """Everything wrong between values; `path` is feeds.yaml's, its folder the instance's."""
    yield from _places(parts.database, parts.publish_to, path)
    yield from _poll(parts.poll)
    yield from _feeds(parts.feeds, path.parent)
    yield from _people(parts.people)
    yield from _views(parts)
    yield from _alerts(parts)


def slug_for(person: schema.Person) -> str | None:
    """The slug a person has; None when the name gives none."""
    return person.slug or slug_of(person.name)


def _places(database: str, publish_to: str, path: Path) -> Iterator[Contradiction]:
    """What would be written over something else, or shown to everybody."""
    own, published = path.resolve(), (path.parent / publish_to).resolve()
    if own == published or own in published.parents:
        yield Contradiction(("publish", "to"), "this is the file you are reading: write public/")
    if not database.startswith(_SQLITE):
        return
    file = (path.parent / database.removeprefix(_SQLITE)).resolve()
    if file == own:
        yield Contradiction(
            ("database",), "this is the file you are reading: write sqlite:///db/aggregator.db"
        )
    elif file == published or published in file.parents:
        yield Contradiction(
            ("database",),
            "this lies where all may read it, in `publish.to`: write sqlite:///db/aggregator.db",
        )


def _poll(poll: schema.Poll) -> Iterator[Contradiction]:
    order = ("min_interval", "interval", "max_interval")
    given = [name for name in order if name in poll.model_fields_set]
    for short, long in pairwise(given):
        if getattr(poll, short) > getattr(poll, long):
            yield Contradiction(
                ("poll", short),
                f"{short} is longer than {long} in line {{line}}: make it the shorter one",
                ("poll", long),
            )


def _feeds(feeds: dict[int, schema.Feed], root: Path) -> Iterator[Contradiction]:
    seen: dict[str, int] = {}
    for number, feed in feeds.items():
        steps = ("feeds", number, "url")
        identity = addresses.identity(feed.url)
        if feed.url.startswith("file:"):
            path = addresses.local_path(feed.url)
            if not addresses.is_inside(path, root):
                yield Contradiction(
                    steps, "this file lies outside the instance: move it below feeds.yaml's folder"
                )
                continue
            identity = f"file:{(root / path).resolve()}"
        if identity in seen:
            yield Contradiction(
                steps,
                "the same feed as in line {line}: remove one of them",
                ("feeds", seen[identity], "url"),
            )
        seen.setdefault(identity, number)


def _people(people: dict[int, schema.Person]) -> Iterator[Contradiction]:
    seen: dict[str, int] = {}
    for number, person in people.items():
        steps = ("people", number, "slug" if person.slug else "name")
        slug = slug_for(person)
        if slug is None:
            yield Contradiction(steps, "no slug can be made of this name: add `slug: ...`")
            continue
        if slug in seen:
            yield Contradiction(
                steps,
                f"slug `{slug}` is taken by the person in line {{line}}: give this one another"
                " `slug: ...`",
                ("people", seen[slug], "slug" if people[seen[slug]].slug else "name"),
            )
        seen.setdefault(slug, number)


def _views(parts: Parts) -> Iterator[Contradiction]:
    known: dict[str, set[str]] = {}
    if parts.all_people:
        known["tag"] = {slug for person in parts.people.values() if (slug := slug_for(person))}
    if parts.all_feeds:
        known["group"] = {group for feed in parts.feeds.values() for group in feed.groups}
        known["feed"] = {feed.url for feed in parts.feeds.values()}
    seen: dict[str, int] = {}
    for number, view in parts.views.items():
        if view.slug in seen:
            yield Contradiction(
                ("views", number, "slug"),
                f"slug `{view.slug}` is taken by the view in line {{line}}: write another",
                ("views", seen[view.slug], "slug"),
            )
        seen.setdefault(view.slug, number)
        yield from _match(("views", number, "match"), view.match, known)


def _alerts(parts: Parts) -> Iterator[Contradiction]:
    slugs = {slug for person in parts.people.values() if (slug := slug_for(person))}
    seen: dict[str, int] = {}
    for number, alert in parts.alerts.items():
        if alert.url in seen:
            yield Contradiction(
                ("alerts", number, "url"),
                "the same address as in line {line}: put all of `on` there",
                ("alerts", seen[alert.url], "url"),
            )
        seen.setdefault(alert.url, number)
        for place, occasion in enumerate(alert.on):
            kind, _, slug = occasion.partition(":")
            if kind == "tag" and parts.all_people and slug not in slugs:
                near = nearest(slug, slugs)
                advice = f"did you mean `tag:{near}`?" if near else _ADVICE["tag"]
                yield Contradiction(
                    ("alerts", number, "on", place),
                    _braceless(f"{_NOTHING['tag']} `{shown(slug)}`: {advice}"),
                )


def _match(steps: Steps, text: str, known: dict[str, set[str]]) -> Iterator[Contradiction]:
    try:
        names = expression.names(expression.parse(text))
    except NotAnExpression as error:
        yield Contradiction(steps, _braceless(str(error)), index=error.offset)
        return
    for name in names:
        if name.kind in known and name.name not in known[name.kind]:
            near = nearest(name.name, known[name.kind])
            advice = f"did you mean `{shown(near)}`?" if near else _ADVICE[name.kind]
            yield Contradiction(
                steps,
                _braceless(f"{_NOTHING[name.kind]} `{shown(name.name)}`: {advice}"),
                index=name.offset,
            )


def _braceless(message: str) -> str:
    """A message that `str.format` leaves as it is."""
    return message.replace("{", "{{").replace("}", "}}")


_NOTHING = {
    "tag": "nobody in `people` has the slug",
    "group": "no feed has the group",
    "feed": "there is no feed",
}
_ADVICE = {
    "tag": "add the person, or write another slug",
    "group": "add it to a feed's `groups`, or write another",
    "feed": "add it to `feeds`, or write an address that is there",
}
