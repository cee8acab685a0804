"""What a verb came to: tables, or plain lines, or JSON lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from aggregator.output.terminal import as_json, iso, local, out, printable, table
from aggregator.publish.why import Reason, reasons
from aggregator.urls import without_credentials
from aggregator.values.feed import FeedHealth
from aggregator.values.item import Item
from aggregator.values.tag import Match, Person, Tag

if TYPE_CHECKING:  # verbs that neither poll nor retag do without the pipeline and all below it
    from aggregator.retag import Retagged
    from aggregator.store.queue import Depth


def items(
    found: Iterable[Item], *, as_object: bool, people: Mapping[str, Person], why: bool = False
) -> None:
    """Items, newest first: a line of JSON each, or two lines to read.

    Args:
        found: the items.
        as_object: JSON lines.
        people: by slug.
        why: also where each person was found, and by which rule.
    """
    for item in found:
        if as_object:
            as_json(item_object(item) | ({"why": why_object(item)} if why else {}))
            continue
        named = ", ".join(
            (people[tag.slug].name if tag.slug in people else tag.slug)
            + (" (the editor)" if tag.by == "editor" else "")
            for tag in item.tags
        )
        out.print(
            f"[dim]{local(item.at)}[/dim]  [bold]{escape(printable(item.title or '(no title)'))}[/bold]"
        )
        feeds = ", ".join(
            source.feed_title or without_credentials(source.feed) for source in item.sources
        )
        line = " · ".join(filter(None, (named, feeds, item.url, item.id)))
        out.print(f"    {escape(printable(line))}")
        for reason in reasons(item, item.slugs, people) if why else ():
            out.print(f"    {escape(printable(explained(reason)))}")


def explained(reason: Reason) -> str:
    """One tag's reason, with its rules and whether the item is about the person."""
    kind = "about" if reason.about else "mentioned"
    rules = ", ".join(dict.fromkeys(found.rule for found in reason.found))
    return f"{reason} [{kind}{f': {rules}' if rules else ''}]"


def why_object(item: Item) -> list[dict[str, Any]]:
    """Every tag with its matches in each source; offsets point into the entry's own fields."""
    return [
        {
            "tag": tag.slug,
            "by": tag.by,
            "about": tag.about,
            "salience": tag.salience,
            "matches": [
                {
                    "feed": without_credentials(source.feed),
                    "guid": source.entry.guid,
                    **match_object(match),
                }
                for source in item.sources
                for named in source.tags
                if named.slug == tag.slug
                for match in named.matches
            ],
        }
        for tag in item.tags
    ]


def item_object(item: Item) -> dict[str, Any]:
    """An item as programs read it."""
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "published": iso(item.published),
        "updated": iso(item.updated),
        "tags": list(item.slugs),
        "by_editor": sorted(tag.slug for tag in item.tags if tag.by == "editor"),
        "denied": sorted(item.denied),  # tags that an editor took away
        "sources": [
            {
                "feed": without_credentials(source.feed),
                "url": source.entry.link,
                "guid": source.entry.guid,
                "title": source.entry.title,
            }
            for source in item.sources
        ],
    }


def corrected(item: Item) -> None:
    """An item's tags after an editor's verdict, and which of them are the editor's."""
    out.print(printable(item.title or "(no title)"), markup=False)
    for tag in item.tags:
        out.print(f"  +{tag.slug}{' (the editor)' if tag.by == 'editor' else ''}", markup=False)
    for slug in sorted(item.denied):
        out.print(f"  -{slug} (the editor)", markup=False)


def tagged(document: Mapping[str, Any], tags: Sequence[Tag]) -> None:
    """A line of JSON: the tags of a document, and where each was found."""
    as_json(
        {
            "id": document.get("id"),
            "tags": [tag.slug for tag in tags],
            "matches": [
                {"tag": tag.slug, **match_object(match)} for tag in tags for match in tag.matches
            ],
            "about": [tag.slug for tag in tags if tag.about],
        }
    )


def match_object(match: Match) -> dict[str, Any]:
    """One place where a person is named; `index` tells which category."""
    return {
        "field": match.field,
        "start": match.start,
        "end": match.end,
        "text": match.text,
        "rule": match.rule,
        **({} if match.index is None else {"index": match.index}),
    }


def status(
    feeds: Sequence[FeedHealth],
    counts: Mapping[str, int],
    depth: "Depth | None",
    *,
    as_object: bool,
) -> None:
    """The health of every feed, how much is stored, and how the queue is, if there is one."""
    queue = {} if depth is None else asdict(depth)
    if as_object:
        as_json(
            {
                "feeds": [
                    {
                        "url": without_credentials(feed.settings.url),
                        "title": feed.settings.title or feed.state.title,
                        "last_poll": iso(feed.state.last_poll),
                        "next_poll": iso(feed.state.next_poll),
                        "last_ok": iso(feed.state.last_ok),
                        "error": feed.state.error,
                        "failures": feed.state.failures,
                        "http_status": feed.state.http_status,
                        "items": feed.items,
                        "reason": feed.state.reason,
                        "note": feed.state.note,
                    }
                    for feed in feeds
                ],
                "counts": dict(counts),
                **({"queue": queue} if queue else {}),
            }
        )
        return
    table(
        ("feed", "items", "last poll", "next poll", "why then", "trouble"),
        [
            (
                feed.settings.title or feed.state.title or without_credentials(feed.settings.url),
                str(feed.items),
                local(feed.state.last_poll) or "never",
                local(feed.state.next_poll) or ("gone" if feed.state.gone else "now"),
                feed.state.reason or "",
                feed.state.error or feed.state.note or "",
            )
            for feed in feeds
        ],
    )
    out.print(", ".join(f"{number} {what}" for what, number in counts.items()))
    if queue:
        out.print("queue: " + ", ".join(f"{number} {what}" for what, number in queue.items()))


def retagged(result: "Retagged", *, dry_run: bool) -> None:
    """What tagging again changes, per tag."""
    slugs = sorted(result.gained.keys() | result.lost.keys())
    table(
        ("tag", "gained", "lost"),
        [(slug, f"+{result.gained[slug]}", f"-{result.lost[slug]}") for slug in slugs],
    )
    verb = "would change" if dry_run else "changed"
    out.print(f"{result.items} items looked at; {len(slugs)} tags {verb}")
