"""Opens an instance's folder and builds everything that works on it; nothing else builds things."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlmodel import Session

from aggregator import __version__
from aggregator.adopt import Behind, adopt, adopted, assign_again, edition, with_departed
from aggregator.config.load import Config, load
from aggregator.errors import AggregatorError, ConfigError, Outdated, Problem, Unusable
from aggregator.lean import without
from aggregator.pipeline import Network, Tools
from aggregator.publish.files import Folder
from aggregator.publish.outlet import INDEX
from aggregator.publish.outlet import outlet as outlet_of
from aggregator.publish.plan import ALL, channels
from aggregator.store import outputs as outbox
from aggregator.store import quiet
from aggregator.store.engine import Store, sqlite_file
from aggregator.values.item import ParsedFeed
from aggregator.values.output import Edition
from aggregator.values.tag import Person

if TYPE_CHECKING:
    from aggregator.tag.matcher import Tagger

EDITOR_TOKEN = "AGGREGATOR_EDITOR_TOKEN"  # noqa: S105 (its name, not the token)
LOCK = Path("db/.lock")  # below the instance


class Instance:
    """A folder with feeds.yaml, its database and its published files, opened."""

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        *,
        in_background: bool = False,
        leads: bool = True,
    ) -> None:
        """Read feeds.yaml and open the database, making it on first use.

        Args:
            path: of feeds.yaml; its folder is the instance.
            environ: for `${NAME}` in feeds.yaml and AGGREGATOR_DATABASE.
            in_background: the caller sees to what of a changed feeds.yaml takes long (`behind`).
            leads: what is stored comes in line with feeds.yaml; else another process sees to that.

        Raises:
            ConfigError: feeds.yaml cannot be used; Unusable: the database cannot.
        """
        self.path, self._environ = path, environ
        self._turn = Lock()  # of whoever replaces the tools
        self._next: Tools | None = None  # by a feeds.yaml that is being taken up, or was elsewhere
        self._seen = _stamp(path)
        config = load(path, environ)
        _refuse_to_forget(config)
        self.store = Store(config.database, config.root)
        self.tools = self._tools(config)
        self.lock = config.root / LOCK
        self._leads = leads
        self.behind = adopt(self.tools) if leads else Behind()
        if self.behind.channels and not in_background:
            assign_again(self.tools)
            self.behind = replace(self.behind, channels=False)
        self.tools = with_departed(self.tools)

    def reload(self) -> None:
        """Take a changed feeds.yaml up; `behind` then says what is still to do.

        Raises:
            ConfigError: it is wrong, or changes what needs a restart; then nothing changes.
        """
        with self._turn:
            self._seen = _stamp(self.path)
            self._next = tools = self._read()
            try:
                self.behind = adopt(tools, while_polling=True) if self._leads else Behind()
                self.tools = with_departed(tools)
            except AggregatorError:
                self._seen = None  # a database that cannot be used may be usable again in a moment
                raise

    def look_who_left(self) -> None:
        """Learn which channels are gone: where another process leads, it may have noted them since."""
        with self._turn:
            found = with_departed(self.tools)
            if found.edition.departed != self.tools.edition.departed:
                self.tools = found

    def _tools(self, config: Config, tagger_of: Callable[[], "Tagger"] | None = None) -> Tools:
        """Tools that give way to others, once a newer feeds.yaml was taken up."""
        made = _tools(config, self.store, tagger_of)
        mark = cache(partial(edition, made))
        return replace(
            made,
            fitting=partial(self._fitting, mark),
            mark=mark,
        )

    def _read(self) -> Tools:
        """Tools by the feeds.yaml of now; raises ConfigError as `reload` does."""
        config = load(self.path, self._environ)
        self._refuse_to_move(config)
        same = config.people == self.tools.config.people
        return self._tools(config, self.tools.tagger_of if same else None)

    def _fitting(self, mine: Callable[[], str], session: Session) -> Tools | None:
        """Tools by the feeds.yaml that the store is in line with; None: by the one marked so.

        Any process may have taken a newer one up; we read it, too, and go on by it.

        Raises:
            Outdated: the one that is there is yet another.
        """
        wanted = adopted(session)
        if wanted == mine():
            return None
        if self.tools.mark() == wanted:
            return self.tools
        if self._next is None or self._next.mark() != wanted:
            with suppress(ConfigError):
                self._next = self._read()
        if self._next is None or self._next.mark() != wanted:
            if self._leads and self.store.on_sqlite:
                self._seen = None  # an older one was taken up after a newer one: do so once more
            raise Outdated(
                f"{self.path}: was edited meanwhile, or another release is at work: run this again"
            )
        return with_departed(self._next)

    def _refuse_to_move(self, config: Config) -> None:
        """The database and the published folder stay where they are while we run."""
        old = self.tools.config
        moved = [
            (name, config.place(*steps))
            for name, steps, same in (
                ("database", ("database",), config.database == old.database),
                ("publish.to", ("publish", "to"), config.publish.to == old.publish.to),
            )
            if not same
        ]
        if moved:
            raise ConfigError(
                tuple(
                    Problem(str(self.path), *place, f"`{name}` changed: restart the service")
                    for name, place in moved
                )
            )

    @property
    def editor_token(self) -> str | None:
        """What opens the editors' desk; None where there is none."""
        return self._environ.get(EDITOR_TOKEN, "").strip() or None

    def has_changed(self) -> bool:
        """Whether feeds.yaml is another than the one read last."""
        return _stamp(self.path) != self._seen

    def note_quiet(self) -> None:
        """Note that nothing was left undone, so that the next `poll` need not open the instance."""
        tools, behind, outlet = self.tools, self.behind, self.tools.outlet
        if behind.tags or behind.channels or not self.store.on_sqlite or self.has_changed():
            return
        said = quiet.note(
            self.path,
            self._environ,
            ceiling=tools.config.poll.max_interval,
            fixed={url: feed.interval for url, feed in tools.feeds.items() if feed.interval},
            index=outlet.root / INDEX if isinstance(outlet, Folder) else None,
        )
        with self.store.reading() as session:
            noted = outbox.note(session, quiet.NOTE)
        if noted != said and not self.has_changed():
            with self.store.writing() as session:
                outbox.keep_note(session, quiet.NOTE, said)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _refuse_to_forget(config: Config) -> None:
    """Do not begin anew where something was published: a disk may not be mounted, a path mistyped.

    Raises:
        Unusable: the database is missing or empty; what was published would be replaced by nothing.
    """
    file = sqlite_file(config.database, config.root)
    if file is None or (file.exists() and (file.is_dir() or file.stat().st_size)):
        return
    outlet = outlet_of(config.root, config.publish, config.poll.min_interval)
    if outlet.mark(f"{ALL.path}/atom.xml") is not None:
        what = "is empty" if file.exists() else "is missing"
        raise Unusable(
            f"{file}: {what}, yet {config.publish.to} holds what was published from it: restore a"
            " backup (`aggregator restore FILE`), or move that away to begin anew"
        )


def _tools(config: Config, store: Store, tagger_of: Callable[[], "Tagger"] | None = None) -> Tools:
    return Tools(
        config=config,
        edition=Edition(
            site=config.site,
            people={person.slug: person for person in config.people},
            feeds=config.feeds,
            publish=config.publish,
            interval=config.poll.interval,
            version=__version__,
            languages={feed.url: feed.language for feed in config.feeds if feed.language},
        ),
        channels=channels(config.people, config.views),
        outlet=outlet_of(config.root, config.publish, config.poll.min_interval),
        feeds={feed.url: feed for feed in config.feeds},
        store=store,
        tagger_of=tagger_of or cache(partial(_tagger, config.people)),
        now=_now,
        jitter=random.random,
    )


def _tagger(people: Sequence[Person]) -> "Tagger":
    from aggregator.tag.matcher import Tagger  # noqa: PLC0415 (most polls bring nothing to tag)

    return Tagger(people)


@asynccontextmanager
async def network(config: Config, *, once: bool = False) -> AsyncIterator[Network]:
    """A client and a reader for the feeds of this configuration.

    Args:
        once: for one cycle; its readers give their memory back before it is published.
    """
    with without("click", "rich"):  # httpx has a command line
        from aggregator.fetch.client import Client  # noqa: PLC0415
    from aggregator.fetch.room import Room  # noqa: PLC0415
    from aggregator.sandbox import Readers  # noqa: PLC0415 (verbs that poll nothing need none)

    async with Client(config.poll, room=(room := Room())) as client, Readers() as readers:

        async def parse(body: bytes, url: str, kind: str | None, marks: bytes) -> ParsedFeed:
            with room.taken(len(body)):
                return await readers.read(body, url, kind, marks)

        rest = readers.rest if once else _stay
        yield Network(client.fetch, parse, client.get, client.post, room.taken, rest)


def _stay() -> None:
    """Readers stay warm for the next cycle."""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None while it is missing, as editors leave it when saving."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _now() -> datetime:
    return datetime.now(UTC)
