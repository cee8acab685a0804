"""What people and programs see of a verb: tables and progress, or plain lines, or JSON lines."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from aggregator.values.feed import FeedHealth
from aggregator.values.item import Item
from aggregator.values.tag import Tag

if TYPE_CHECKING:  # verbs that neither poll nor retag do without the pipeline and all below it
    from aggregator.jobs import Tick
    from aggregator.pipeline import Retagged

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(value: Mapping[str, Any]) -> None:
    """One JSON object on a line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def complain(message: str) -> None:
    """An error, on one line of stderr for each thing that is wrong."""
    err.print(message, markup=False, style="red")


def hint(message: str) -> None:
    """Something the user may want to do next, on stderr."""
    err.print(message, markup=False, style="yellow")


def iso(when: datetime | None) -> str | None:
    """ISO 8601 in UTC, for programs."""
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def local(when: datetime | None) -> str:
    """The time in the zone of whoever reads it."""
    return "" if when is None else f"{when.astimezone():%Y-%m-%d %H:%M}"


@contextmanager
def progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[..., None]]]:
    """A progress bar on stderr, on terminals only.

    Yields:
        Two functions: the first is told how many steps there are, the second of each step.
    """
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield (
            lambda total: bar.update(task, total=total),
            lambda steps=1: bar.advance(task, steps),
        )


def tick(result: "Tick", *, as_object: bool) -> None:
    """What a cycle came to."""
    if as_object:
        as_json(result.as_dict())
        return
    out.print(
        f"{result.feeds} feeds polled: {result.changed} changed, {result.unchanged} unchanged, "
        f"{result.failed} failed"
    )
    out.print(
        f"{result.new} new items, {result.updated} updated, {result.duplicates} duplicates; "
        f"{result.published} files published in {result.seconds:.1f} s"
    )


def items(found: Iterable[Item], *, as_object: bool, names: Mapping[str, str]) -> None:
    """Items, newest first: a line of JSON each, or two lines to read.

    Args:
        found: the items.
        as_object: JSON lines.
        names: of people, by slug.
    """
    for item in found:
        if as_object:
            as_json(item_object(item))
            continue
        people = ", ".join(names.get(slug, slug) for slug in item.slugs)
        out.print(
            f"[dim]{local(item.at)}[/dim]  [bold]{escape(_printable(item.title or '(no title)'))}[/bold]"
        )
        feeds = ", ".join(source.feed_title or source.feed for source in item.sources)
        line = " · ".join(filter(None, (people, feeds, item.url, item.id)))
        out.print(f"    {escape(_printable(line))}")


def item_object(item: Item) -> dict[str, Any]:
    """An item as programs read it."""
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "published": iso(item.published),
        "updated": iso(item.updated),
        "tags": list(item.slugs),
        "sources": [
            {
                "feed": source.feed,
                "url": source.entry.link,
                "guid": source.entry.guid,
                "title": source.entry.title,
            }
            for source in item.sources
        ],
    }


def tagged(document: Mapping[str, Any], tags: Sequence[Tag]) -> None:
    """A line of JSON: the tags of a document, and where each was found."""
    as_json(
        {
            "id": document.get("id"),
            "tags": [tag.slug for tag in tags],
            "matches": [
                {
                    "tag": tag.slug,
                    "field": match.field,
                    "start": match.start,
                    "end": match.end,
                    "text": match.text,
                    "rule": match.rule,
                    **({} if match.index is None else {"index": match.index}),
                }
                for tag in tags
                for match in tag.matches
            ],
            "about": [tag.slug for tag in tags if tag.about],
        }
    )


def status(feeds: Sequence[FeedHealth], counts: Mapping[str, int], *, as_object: bool) -> None:
    """The health of every feed, and how much is stored."""
    if as_object:
        as_json(
            {
                "feeds": [
                    {
                        "url": feed.settings.url,
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
            }
        )
        return
    _table(
        ("feed", "items", "last poll", "next poll", "why then", "trouble"),
        [
            (
                feed.settings.title or feed.state.title or feed.settings.url,
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


def retagged(result: "Retagged", *, dry_run: bool) -> None:
    """What tagging again changes, per tag."""
    slugs = sorted(result.gained.keys() | result.lost.keys())
    _table(
        ("tag", "gained", "lost"),
        [(slug, f"+{result.gained[slug]}", f"-{result.lost[slug]}") for slug in slugs],
    )
    verb = "would change" if dry_run else "changed"
    out.print(f"{result.items} items looked at; {len(slugs)} tags {verb}")


def feeds(found: Iterable[FeedHealth]) -> None:
    """The configured feeds, a line each."""
    _table(
        ("title", "groups", "language", "interval", "address"),
        [
            (
                feed.settings.title or feed.state.title or "",
                ", ".join(feed.settings.groups),
                feed.settings.language or feed.state.language or "",
                str(feed.settings.interval or "by its rhythm"),
                feed.settings.url,
            )
            for feed in found
        ],
    )


def logs_to_stderr(level: int) -> None:
    """Send every log line, ours and the libraries', to stderr: coloured on terminals, else JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "apscheduler", "alembic", "uvicorn"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; in a pipe plain lines, cells parted by tabs."""
    if not rows:
        return
    if not out.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(_printable(cell) for cell in row) + "\n")
        return
    table = Table(*headers, box=None)
    for row in rows:
        table.add_row(*(escape(_printable(cell)) for cell in row))
    out.print(table)


def _printable(text: str) -> str:
    """The text without anything that moves the cursor of a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
