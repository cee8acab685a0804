"""What editors do at their desk: each a function of a visit, run in a thread.

It returns a page, or the address beside this one to go on to. Verdicts are stored as the verbs
`correct` and `split` store them, and the service publishes what changed at its next tick.
feeds.yaml is never written.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import parse_qsl, urlencode

from aggregator import desk, preview, verdicts
from aggregator.errors import ConfigError, NoSuchItem, NoSuchPerson, NotParted, Outdated
from aggregator.pipeline import Tools
from aggregator.publish import deskpages
from aggregator.pulse import Pulse
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store.figures import figures
from aggregator.store.search import Wanted, search
from aggregator.tag.suggest import Suggestion
from aggregator.urls import without_credentials
from aggregator.values.tag import Document
from aggregator.web.door import Session
from aggregator.web.views import notices, place

ITEMS_A_PAGE = 20
LONGEST_SEARCH = 200  # characters
LONGEST_TEXT = 100_000  # characters that are tagged
LOOK_BACK = timedelta(days=90)  # of a preview
NAMES = timedelta(days=30)  # of suggestions
NAMES_KEPT = timedelta(minutes=10)
MOST_FIELDS = 20  # of a form or query
NOBODY = "-"  # in place of a slug: items without any tag


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of an editor who has shown the token."""

    tools: Tools
    session: Session
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Names:
    """Suggestions, as long as they may be shown again."""

    found: tuple[Suggestion, ...]
    read: int  # items
    people: object  # those they were made for
    made: datetime


_EDITED = "Nothing was done: feeds.yaml was edited just now, and is not in use yet. Try once more."
_VERDICTS = {"yes": True, "no": False}
_DONE = {True: "added", False: "taken away", None: "left to the rules again"}


class DeskWork:
    """The work, and what is remembered between two visits."""

    def __init__(self, pulse: Pulse) -> None:
        """Tell editors of this pulse, too."""
        self._pulse = pulse
        self._heavy = Lock()  # one at a time reads thousands of items
        self._names: _Names | None = None

    def feeds(self, visit: Visit) -> bytes:
        """Every feed: how it is, why, and what it brings."""
        tools = visit.tools
        since = tools.now() - timedelta(days=deskpages.DAYS)
        with tools.store.reading() as session:
            health = stored_feeds.health(session, tools.feeds)
            brought = figures(session, since)
        told = {url: (of.days, of.entries, of.tagged) for url, of in brought.items()}
        return deskpages.feeds_page(self._desk(visit), health, told)

    def items(self, visit: Visit) -> bytes:
        """Items with the grounds of their tags."""
        tools, asked = visit.tools, visit.query
        text = asked.get("q", "").replace("\0", "")[:LONGEST_SEARCH]
        tag = asked.get("tag", "")
        tag = tag if tag in tools.edition.people or tag == NOBODY else ""
        feed = _feed(tools, asked.get("feed", ""))
        shown = without_credentials(feed) if feed else ""
        said = {"q": text, "tag": tag, "feed": shown, "before": asked.get("before", "")}
        query = _query(said)
        wanted = Wanted(
            text=text,
            all_of=frozenset({tag} - {"", NOBODY}),
            untagged=tag == NOBODY,
            feed=feed,
        )
        with tools.store.reading() as session:
            found = search(session, wanted, limit=ITEMS_A_PAGE + 1, before=place(said["before"]))
            health = stored_feeds.health(session, tools.feeds)
        items, older = found[:ITEMS_A_PAGE], None
        if len(found) > len(items):
            last = items[-1]
            older = _query({**said, "before": f"{last.at.isoformat()}/{last.number}"})
        chosen = deskpages.Filter(text, tag, shown, query)
        return deskpages.items_page(self._desk(visit), chosen, items, health, older)

    def correct(self, visit: Visit) -> str:
        """One verdict on one item, or one taken back."""
        tools, form = visit.tools, visit.form
        wanted = _VERDICTS.get(form.get("wanted", ""))
        slug = _slug(tools, form.get("slug", ""), listed=wanted is True)
        if slug is None:
            visit.session.told.append(f"Nobody is listed as “{form.get('slug', '')[:100]}”.")
        else:
            try:
                verdicts.correct(tools, form.get("item", ""), {slug: wanted})
            except NoSuchItem:
                visit.session.told.append("This item is not stored any more.")
            except Outdated:
                visit.session.told.append(_EDITED)
            except NoSuchPerson as error:
                visit.session.told.append(str(error))
            else:
                person = tools.edition.people.get(slug)
                name = person.name if person else slug
                visit.session.told.append(f"{name}: {_DONE[wanted]}.")
        return _back(form)

    def split(self, visit: Visit) -> str:
        """What one feed said of an item becomes an item of its own."""
        tools, form = visit.tools, visit.form
        said = "This item is not stored any more."
        with suppress(NoSuchItem):
            with tools.store.reading() as session:
                item = stored_items.by_id(session, form.get("item", ""))
            entry = form.get("entry", "")
            feed = next((source.feed for source in item.sources if str(source.id) == entry), "")
            try:
                verdicts.split(tools, item.id, feed)
                said = "Parted: there are two items now."
            except Outdated:
                said = _EDITED
            except NotParted as error:
                said = without_credentials(str(error))
        visit.session.told.append(said)
        return _back(form)

    def names(self, visit: Visit) -> bytes:
        """Names worth listing."""
        tools = visit.tools
        names = self._names
        now = tools.now()
        if names is None or names.people != tools.config.people or names.made + NAMES_KEPT < now:
            if not self._heavy.acquire(blocking=False):
                return self._busy(visit, "Names")
            try:
                self._names = names = _suggested(tools)
            finally:
                self._heavy.release()
        return deskpages.names_page(self._desk(visit), names.found, names.read, NAMES.days)

    def tagged(self, visit: Visit) -> bytes:
        """Who is found in a pasted text, and why."""
        form = visit.form
        document = Document(
            title=form.get("title", "")[:LONGEST_TEXT],
            text=form.get("text", "").replace("\r\n", "\n")[:LONGEST_TEXT],
            language=form.get("language", "").strip()[:20] or None,
        )
        tags = visit.tools.tagger.tag(document) if form else None
        return deskpages.try_page(self._desk(visit), document, tags)

    def people(self, visit: Visit) -> bytes:
        """The people as they are, to be changed on trial."""
        text = preview.current(visit.tools)
        return deskpages.people_page(self._desk(visit), text, None, days=LOOK_BACK.days)

    def previewed(self, visit: Visit) -> bytes:
        """What changed people would gain and lose."""
        tools = visit.tools
        text = visit.form.get("people", "").replace("\r\n", "\n")
        if not self._heavy.acquire(blocking=False):
            return self._busy(visit, "People")
        found: preview.Preview | None = None
        problems: tuple[str, ...] = ()
        try:
            found = preview.preview(tools, text, tools.now() - LOOK_BACK)
        except ConfigError as error:
            problems = tuple(str(problem) for problem in error.problems)
        finally:
            self._heavy.release()
        return deskpages.people_page(self._desk(visit), text, found, problems, days=LOOK_BACK.days)

    def _busy(self, visit: Visit, title: str) -> bytes:
        return deskpages.message_page(
            self._desk(visit),
            title,
            "Somebody else is having thousands of items read. Try again in some seconds.",
        )

    def _desk(self, visit: Visit) -> deskpages.Desk:
        told, visit.session.told = visit.session.told, []
        return deskpages.Desk(
            edition=visit.tools.edition,
            now=visit.tools.now(),
            csrf=visit.session.csrf,
            told=tuple(told),
            notices=notices(self._pulse),
        )


def _suggested(tools: Tools) -> _Names:
    read = 0
    enough = preview.patience(preview.MOST_ITEMS, preview.MOST_TIME_S)

    def watch() -> None:
        nonlocal read
        read += 1

    found = desk.suggested(tools, tools.now() - NAMES, least=3, most=30, watch=watch, enough=enough)
    return _Names(found, read, tools.config.people, tools.now())


def _slug(tools: Tools, said: str, *, listed: bool) -> str | None:
    """The slug that an editor means, given as such or as a name; None when there is none."""
    people = tools.edition.people
    if said in people or (said and not listed):
        return said
    wanted = said.strip().casefold()
    return next((slug for slug, one in people.items() if one.name.casefold() == wanted), None)


def _feed(tools: Tools, shown: str) -> str | None:
    """The feed whose address is shown so; None when none is chosen."""
    return next((url for url in tools.feeds if without_credentials(url) == shown), None)


def _back(form: Mapping[str, str]) -> str:
    """The list that a form stands in, at its item; nothing in it can lead elsewhere."""
    asked = once(form.get("back", ""))
    item = "".join(sign for sign in form.get("item", "") if sign in "0123456789abcdef-")
    return f"items?{_query(asked)}#i{item}"


def once(text: str) -> Mapping[str, str]:
    """The fields of a form or query, each once; {} when there are absurdly many."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _query(asked: Mapping[str, str]) -> str:
    known = ("q", "tag", "feed", "before")
    return urlencode({name: asked[name] for name in known if asked.get(name)})
