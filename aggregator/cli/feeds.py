"""The verbs `feeds ...`: what feeds.yaml lists, and its edits that leave every other line alone."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.command import AsJson, app, opened
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from aggregator.desk import Preview, Wish

feeds_app = typer.Typer(help="The feeds of feeds.yaml.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")


@feeds_app.command("list")
def feeds_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the feeds of feeds.yaml.

    Example: aggregator feeds list
    """
    from aggregator.output import desk
    from aggregator.store.feeds import health

    with opened(context) as instance, instance.store.reading() as session:
        desk.feeds(health(session, instance.tools.feeds), as_object=as_json)


@feeds_app.command("add")
def feeds_add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of a feed, or of a page of its site.")],
    title: Annotated[str | None, typer.Option(help="Shown instead of the feed's own.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    language: Annotated[str | None, typer.Option(help="If the feed says a wrong one: de")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it brings.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Add the address as it is, unseen.")
    ] = False,
) -> None:
    """Add a feed to feeds.yaml, after a look at it; every other line stays byte for byte.

    Shows the feed's title, how many entries it has, and which people they would be tagged with. One
    that is there already, be it under another spelling, is refused.

    Example: aggregator feeds add https://www.example.org/news/ --group wires
    """
    from aggregator.config import edit
    from aggregator.desk import Wish, right
    from aggregator.output import desk

    wish = Wish(url, title, language, tuple(group or ()))
    if offline:
        found = right(url)
    else:
        seen = _seen(context, wish)
        desk.preview(seen)
        found = seen.url
    if not dry_run:
        edit.rewrite(context.obj, os.environ, lambda text: wish.added_to(text, found))
        typer.echo(f"{context.obj}: added {found}")


def _seen(context: typer.Context, wish: "Wish") -> "Preview":
    from datetime import UTC, datetime

    import anyio

    from aggregator.config.load import load
    from aggregator.desk import preview
    from aggregator.instance import network
    from aggregator.looks import opened as looks_of

    config = load(context.obj, os.environ)

    async def look() -> "Preview":
        with looks_of(config) as looks:
            async with network(config) as net:
                now = datetime.now(UTC)
                return await preview(wish, context.obj, os.environ, net, looks, now)

    return anyio.run(look)


@feeds_app.command("remove")
def feeds_remove(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Its address, in any spelling.")],
) -> None:
    """Remove a feed from feeds.yaml; what it brought stays stored and published.

    Example: aggregator feeds remove https://www.example.org/feed.xml
    """
    from aggregator.config import edit

    edit.rewrite(context.obj, os.environ, lambda text: edit.remove_feed(text, url))
    typer.echo(f"{context.obj}: removed {url}; what it brought stays stored")


@feeds_app.command("import")
def feeds_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An OPML file, as readers export it; - is stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come.")] = False,
) -> None:
    """Add the feeds of an OPML file; its folders become groups.

    Says what was added, what was there already, and what was refused and why.

    Example: aggregator feeds import subscriptions.opml
    """
    from aggregator import opml
    from aggregator.config import edit
    from aggregator.config.load import load
    from aggregator.errors import NotOpml
    from aggregator.output import desk

    try:
        outlines = opml.read(_body(file))
    except NotOpml as error:
        raise NotOpml(f"{file}: {error}") from error
    done: list[edit.Imported] = []

    def change(text: str) -> str:
        done.append(edit.import_feeds(text, outlines))
        return done[-1].text

    if dry_run:
        change(load(context.obj, os.environ).document.text)
    else:
        edit.rewrite(context.obj, os.environ, change)
    desk.imported(done[-1], dry_run=dry_run)


def _body(file: Path) -> bytes:
    from aggregator.opml import MAX_BYTES

    try:
        if file == Path("-"):
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with file.open("rb") as opened_file:
            return opened_file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AggregatorError(f"{file}: cannot be read: {error.strerror}") from error


@feeds_app.command("export")
def feeds_export(context: typer.Context) -> None:
    """Print the feeds as OPML, for a reader or another instance; groups become folders.

    Feeds that only this instance can read (files, and addresses with passwords or `${NAME}` in
    them) are left out.

    Example: aggregator feeds export > feeds.opml
    """
    from aggregator import opml
    from aggregator.desk import outline
    from aggregator.output.terminal import hint
    from aggregator.store.feeds import health

    with opened(context) as instance, instance.store.reading() as session:
        feeds = health(session, instance.tools.feeds)
        outlines = [found for feed in feeds if (found := outline(feed)) is not None]
        title = f"Sources of {instance.tools.config.site.title}"
    sys.stdout.buffer.write(opml.write(title, outlines))
    if left_out := len(feeds) - len(outlines):
        hint(f"{left_out} feeds that only this instance can read are left out")
