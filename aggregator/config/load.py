"""Reads feeds.yaml: values for everybody else, or every problem with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from aggregator.config import checks, complaints, compose, nodes, schema
from aggregator.config.crosscheck import Parts, Steps, contradictions, slug_for
from aggregator.config.filling import Filling
from aggregator.errors import ConfigError, Problem
from aggregator.values.feed import FeedSettings, PollSettings
from aggregator.values.output import PublishSettings, Site, View
from aggregator.values.tag import Person
from aggregator.values.watch import AlertSettings

MAX_PROBLEMS = 200  # as many as anybody mends before trying again
MAX_SOUGHT = 10 * MAX_PROBLEMS  # of which the first are shown; more are not even put into words
DATABASE_VARIABLE = "AGGREGATOR_DATABASE"

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Config:
    """feeds.yaml, read and found right."""

    site: Site
    database: str  # a SQLite path is relative to `root`
    poll: PollSettings
    publish: PublishSettings
    keep: timedelta | None  # age at which items are forgotten; None: never
    feeds: tuple[FeedSettings, ...]
    people: tuple[Person, ...]
    views: tuple[View, ...]
    alerts: tuple[AlertSettings, ...]
    path: Path  # of the file
    root: Path  # its folder: the instance
    document: nodes.Document = field(repr=False, compare=False)

    def place(self, *steps: str | int) -> tuple[int, int]:
        """Line and column, 1-based, of the value at these steps, or of the nearest above it.

        `place("people", 3, "must", 0)` is where the fourth person's first headline test starts.
        """
        return self.document.place(self.document.offset(steps))


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check a feeds.yaml.

    Args:
        path: of the file, named in messages as given; its folder is the instance.
        environ: for `${NAME}`, and for AGGREGATOR_DATABASE, which wins over `database`.

    Raises:
        ConfigError: with every problem, in the order of their places; no secret is in it.
    """
    return loads(read_bytes(path), path, environ)


def read_bytes(path: Path) -> bytes:
    """The bytes of a feeds.yaml, or of the start of a file too large to be one.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(compose.MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refusal(
            path, "no such file: run `aggregator init`, or name it with --config"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refusal(path, f"cannot be read: {reason}") from error


def loads(body: bytes, path: Path, environ: Mapping[str, str]) -> Config:
    """The same for bytes that are, or will be, the file at this path."""
    text = body.decode("utf-8-sig", errors="replace")  # what places are counted in, if unreadable
    more = False  # problems than were looked for
    try:
        text = compose.decode(body)
        reading = _Reading(compose.read(text), path, environ)
        config = reading.config()
        faults, more = reading.all_faults(), len(reading.faults) >= MAX_SOUGHT
    except nodes.Unreadable as error:
        config, faults = None, [error.fault]
    if faults or config is None:
        unique = sorted({(fault.offset, fault.message) for fault in faults})
        problems = [
            Problem(str(path), *nodes.place(text, at), nodes.fit(said)) for at, said in unique
        ]
        if len(problems) > MAX_PROBLEMS:
            last = problems[MAX_PROBLEMS - 1]
            beyond = len(problems) - MAX_PROBLEMS
            rest = f"{last.message} (and {'more than ' * more}{beyond} problems more)"
            problems[MAX_PROBLEMS - 1 :] = [replace(last, message=rest)]
        raise ConfigError(tuple(problems))
    return config


def _refusal(path: Path, message: str) -> ConfigError:
    return ConfigError((Problem(str(path), 1, 1, message),))


class _Reading:
    """One document on its way to a Config; whatever is wrong with it is collected."""

    def __init__(self, document: nodes.Document, path: Path, environ: Mapping[str, str]) -> None:
        self.document, self.path, self.root = document, path, path.parent
        self.environ = environ
        self.filling = Filling(document, environ)
        self.faults: list[nodes.Fault] = []

    def config(self) -> Config | None:
        """The values; None, or worthless, when there are faults."""
        root = self.document.root
        if root is None or (isinstance(root, nodes.Scalar) and root.value is None):
            self.fault((), "the file is empty: write `feeds:` and addresses below it")
            return None
        if not isinstance(root, nodes.Mapping):
            self.fault(
                (), "sections are expected: start with `feeds:`, and write addresses below it"
            )
            return None
        top = self.top(root)
        site, poll = self.section(schema.Site, "site"), self.section(schema.Poll, "poll")
        publish = self.section(schema.Publish, "publish")
        keep = self.section(schema.Keep, "keep")
        feeds, all_feeds = self.list_of(schema.Feed, "feeds")
        people, all_people = self.list_of(schema.Person, "people")
        views, _ = self.list_of(schema.View, "views")
        alerts, _ = self.list_of(schema.Alert, "alerts")
        poll_parts = poll or schema.Poll()
        parts = Parts(
            database=self.environ.get(DATABASE_VARIABLE) or (top.database if top else ""),
            publish_to=publish.to if publish else schema.Publish().to,
            poll=poll_parts,
            feeds=feeds,
            people=people,
            views=views,
            alerts=alerts,
            all_feeds=all_feeds,
            all_people=all_people,
        )
        for found in contradictions(parts, self.path):
            line, _ = self.document.place(self.document.offset(found.other))
            self.fault(found.steps, found.message.format(line=line), found.index)
        self.faults += self.filling.faults
        if self.faults or top is None or not (site and poll and publish and keep):
            return None
        return Config(
            site=Site(site.title, site.url, site.contact, site.hub),
            database=self.environ.get(DATABASE_VARIABLE) or top.database,
            poll=_poll(poll, site, self.root),
            publish=PublishSettings(publish.entries, publish.to, publish.compress),
            keep=keep.items,
            feeds=tuple(self.feed(number, feed) for number, feed in feeds.items()),
            people=tuple(_person(person) for person in people.values()),
            views=tuple(View(view.slug, view.title, view.match) for view in views.values()),
            alerts=tuple(self.alert(number, alert) for number, alert in alerts.items()),
            path=self.path,
            root=self.root,
            document=self.document,
        )

    def all_faults(self) -> list[nodes.Fault]:
        """What is wrong, less what only follows from something wrong in the YAML."""
        torn = {fault.offset for fault in self.document.faults}
        return [
            *self.document.faults,
            *(fault for fault in self.faults if fault.offset not in torn),
        ]

    def node(self, steps: Steps) -> nodes.Node | None:
        """The node at these steps; an address alone is the `url` of its feed."""
        found = self.document.node(steps)
        if found is None and steps[:1] == ("feeds",) and steps[2:] == ("url",):
            found = self.document.node(steps[:2])
            return found if isinstance(found, nodes.Scalar) else None
        return found

    def fault(self, steps: Steps, message: str, index: int = 0) -> None:
        """Keep something wrong with the value at these steps, `index` characters into its text."""
        node, offset = self.node(steps), self.document.offset(steps)
        if isinstance(node, nodes.Scalar):
            if node.start in self.filling.unset:
                return  # only follows from the missing variable
            if node.start in self.filling.filled:
                message, index = "with its variables filled in, this is not what is expected", 0
            offset = self.document.inside(node, index) if index else node.start
        self.faults.append(nodes.Fault(offset, message))

    def top(self, root: nodes.Mapping) -> schema.FeedsFile | None:
        """The values at the top: `database`, and keys that do not exist."""
        parts = {**complaints.SECTIONS, **complaints.LISTS}
        if place := self.environ.get(DATABASE_VARIABLE):
            try:
                checks.database(place)
            except ValueError as error:
                self.fault(("database",), f"{DATABASE_VARIABLE} in the environment: {error}")
        rest = tuple((key, value) for key, value in root.pairs if key.text not in parts)
        return self.part(schema.FeedsFile, nodes.Mapping(root.start, root.end, rest, root.flow), ())

    def section(self, model: type[S], name: str) -> S | None:
        """A section of keys and values; its defaults when it is absent or empty."""
        node = self.document.node((name,))
        if node is None or (isinstance(node, nodes.Scalar) and node.value is None):
            return model()
        return self.part(model, node, (name,))

    def list_of(self, model: type[S], name: str) -> tuple[dict[int, S], bool]:
        """What could be read of a list, by number, and whether that is all of it."""
        node = self.document.node((name,))
        if node is None or (isinstance(node, nodes.Scalar) and node.value is None):
            return {}, True
        if not isinstance(node, nodes.Sequence):
            self.fault((name,), complaints.no_list(name, node))
            return {}, False
        read = {
            number: part
            for number, item in enumerate(node.items)
            if (part := self.part(model, item, (name, number))) is not None
        }
        return read, len(read) == len(node.items)

    def part(self, model: type[S], node: nodes.Node, steps: Steps) -> S | None:
        """One object of the schema; None when something in it is wrong."""
        said = self.filling.plain(node)
        if model is schema.Feed and isinstance(said, str):
            said = {"url": said}
        if isinstance(said, dict):
            known = model.model_fields
            said = {key: said[key] for key in said if said[key] is not None or key not in known}
        try:
            return model.model_validate(said)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                self.complain(detail, (*steps, *detail["loc"]))
            return None

    def complain(self, detail: Any, steps: Steps) -> None:
        """Keep what pydantic found."""
        if len(self.faults) >= MAX_SOUGHT:
            return  # a suggestion for each of a million keys would take minutes
        if steps[-1:] == ("[key]",) or detail["type"] == "extra_forbidden":
            steps = tuple(step for step in steps if step != "[key]")
            said = complaints.complaint(detail, steps, None)
            self.faults.append(nodes.Fault(self.document.key_offset(steps), said))
        else:
            self.fault(steps, complaints.complaint(detail, steps, self.node(steps)))

    def written(self, steps: Steps, value: str) -> str:
        """A value as the file has it, with no variable filled in."""
        node = self.node(steps)
        return node.text if isinstance(node, nodes.Scalar) else value

    def alert(self, number: int, alert: schema.Alert) -> AlertSettings:
        """An alert; what is shown of it is what the file says."""
        url = self.written(("alerts", number, "url"), alert.url)
        return AlertSettings(url, alert.url, tuple(dict.fromkeys(alert.on)), alert.secret)

    def feed(self, number: int, feed: schema.Feed) -> FeedSettings:
        """A feed; what is shown of it is what the file says."""
        return FeedSettings(
            url=self.written(("feeds", number, "url"), feed.url),
            address=feed.url,
            title=feed.title,
            interval=feed.interval,
            language=feed.language,
            groups=tuple(dict.fromkeys(feed.groups)),
            headers=tuple(feed.headers.items()),
        )


def _poll(poll: schema.Poll, site: schema.Site, root: Path) -> PollSettings:
    """The section with its defaults; an interval not given makes way for one that is."""
    interval = poll.interval or schema.INTERVAL
    shortest = poll.min_interval or min(
        schema.MIN_INTERVAL, interval, poll.max_interval or interval
    )
    longest = poll.max_interval or max(schema.MAX_INTERVAL, interval, shortest)
    return PollSettings(
        interval=min(max(interval, shortest), longest),
        min_interval=shortest,
        max_interval=longest,
        timeout=poll.timeout,
        concurrency=poll.concurrency,
        per_host=poll.per_host,
        max_bytes=poll.max_bytes,
        allow_private_networks=poll.allow_private_networks,
        allow_hosts=frozenset(name.lower() for name in poll.allow_hosts),
        proxy=poll.proxy,
        contact=site.contact,
        root=root,
        websub=poll.websub,
    )


def _person(person: schema.Person) -> Person:
    return Person(
        slug=slug_for(person) or "",
        name=person.name,
        aliases=tuple(dict.fromkeys(person.aliases)),
        surname=person.surname,
        exclude=tuple(person.exclude),
        must=tuple(person.must),
        must_not=tuple(person.must_not),
        wikidata=person.wikidata,
    )
