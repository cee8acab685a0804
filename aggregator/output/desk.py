"""What editors see of feeds and people: lists, previews, suggestions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.output.terminal import as_json, hint, iso, local, out, printable, table
from aggregator.tag.suggest import Suggestion, alias_line
from aggregator.urls import without_credentials
from aggregator.values.feed import FeedHealth
from aggregator.values.item import Item
from aggregator.values.tag import Person

if TYPE_CHECKING:
    from aggregator.config.edit import Imported
    from aggregator.config.load import Config
    from aggregator.desk import Preview

MOST_EXAMPLES = 3  # items shown of somebody's
MOST_OTHERS = 10  # feeds shown of those that a page announces, too


def feeds(found: Iterable[FeedHealth], *, as_object: bool) -> None:
    """The configured feeds, a line each."""
    if as_object:
        for feed in found:
            as_json(
                {
                    "url": without_credentials(feed.settings.url),
                    "title": feed.settings.title or feed.state.title,
                    "groups": list(feed.settings.groups),
                    "language": feed.settings.language or feed.state.language,
                    "interval_s": feed.settings.interval and feed.settings.interval.total_seconds(),
                }
            )
        return
    table(
        ("title", "groups", "language", "interval", "address"),
        [
            (
                feed.settings.title or feed.state.title or "",
                ", ".join(feed.settings.groups),
                feed.settings.language or feed.state.language or "",
                str(feed.settings.interval or "by its rhythm"),
                without_credentials(feed.settings.url),
            )
            for feed in found
        ],
    )


def preview(seen: "Preview") -> None:
    """What a feed would bring."""
    newest = f", the newest of {local(seen.newest)}" if seen.newest else ""
    say(f"{seen.title or '(no title)'}: {seen.entries} entries{newest}")
    for note in seen.notes:
        hint(printable(note))
    table(
        ("would be tagged", "entries", "for example"),
        [(named.person.name, str(named.entries), named.headline) for named in seen.people],
    )
    if not seen.people:
        say("none of its entries names anybody in feeds.yaml")
    if seen.others:
        hint("the page has other feeds, too:")
        for other in seen.others[:MOST_OTHERS]:
            hint(printable(f"  {other.url}  {other.title or ''}".rstrip()))


def imported(done: "Imported", *, dry_run: bool) -> None:
    """What became of an OPML file's feeds."""
    for outline in done.added:
        groups = f"  [{', '.join(outline.groups)}]" if outline.groups else ""
        say(f"added    {outline.url}{groups}")
    for outline in done.known:
        say(f"there    {outline.url}")
    for _, reason in done.refused:
        say(f"refused  {reason}")
    say(
        f"{len(done.added)} {'would be added' if dry_run else 'added'}, "
        f"{len(done.known)} there already, {len(done.refused)} refused"
    )


def people(
    listed: Sequence[Person], totals: Mapping[str, tuple[int, datetime]], *, as_object: bool
) -> None:
    """The listed people, a line each.

    Args:
        totals: of each channel, how many items it has and the time of the newest.
    """
    rows = [(person, *totals.get(f"tag:{person.slug}", (0, None))) for person in listed]
    if as_object:
        for person, items, newest in rows:
            as_json(
                {
                    "slug": person.slug,
                    "name": person.name,
                    "aliases": list(person.aliases),
                    "items": items,
                    "newest": iso(newest),
                }
            )
        return
    table(
        ("slug", "name", "items", "newest", "aliases"),
        [
            (person.slug, person.name, str(items), local(newest), ", ".join(person.aliases))
            for person, items, newest in rows
        ],
    )


def past_items(found: Sequence[Item]) -> None:
    """Stored items that name somebody who was just added."""
    if not found:
        say("no stored item was found that names this person")
        return
    say(f"{len(found)} stored items were found that name this person, the newest:")
    for item in found[:MOST_EXAMPLES]:
        say(f"  {local(item.at)}  {item.title or '(no title)'}")
    hint("a running service tags them by itself; otherwise: aggregator retag")


def suggestions(found: Sequence[Suggestion], config: "Config", *, as_object: bool) -> None:
    """Names worth listing, as YAML to paste, with the grounds in comments."""
    if as_object:
        for one in found:
            as_json(asdict(one))
        return
    new = [one for one in found if one.slug is None]
    if new:
        say("# Often named, and nobody's. To paste at the end of `people`:")
    for one in new:
        say(one.line)
        _grounds(one)
    for kind, title in (
        ("native", "# Other spellings of listed people. To paste in place of their `aliases`:"),
        ("near", "# Near misses: another spelling, a slip of the pen, or another person?"),
    ):
        meant = [one for one in found if one.kind == kind]
        if meant:
            say(title)
        for number, person in enumerate(config.people):
            hers = [one for one in meant if one.slug == person.slug]
            if hers:
                line, _ = config.place("people", number)
                say(f"  # {person.name}, {config.path}:{line}")
                say(alias_line(person, [one.name for one in hers]))
            for one in hers:
                _grounds(one)
    if not found:
        hint("no name was seen often enough: try --days 365 or --least 2")


def _grounds(one: Suggestion) -> None:
    items = "1 item" if one.documents == 1 else f"{one.documents} items"
    say(f"    # {one.name}: {items}, {one.script}")
    for headline in one.headlines:
        say(f"    #   {headline}")


def say(line: str) -> None:
    """A line of plain text on stdout, whatever is in it."""
    out.print(printable(line), markup=False)
