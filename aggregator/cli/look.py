"""Verbs that show what is stored: `items`, `status`."""

from typing import Annotated

import typer

from aggregator.cli.command import AsJson, app, opened, slugs


@app.command()
def items(
    context: typer.Context,
    tag: Annotated[
        str | None, typer.Option(help="Only items with this tag.", autocompletion=slugs)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many.", min=1)] = None,
    why: Annotated[bool, typer.Option("--why", help="Where each person was found.")] = False,
    as_json: AsJson = False,
) -> None:
    """List stored items, newest first.

    Example: aggregator items --tag sergei-lavrov --json
    """
    from itertools import islice

    from aggregator.errors import nobody
    from aggregator.output import results
    from aggregator.store.items import totals, walk

    with opened(context) as instance, instance.store.reading() as session:
        people = instance.tools.edition.people
        if tag is not None and tag not in people and f"tag:{tag}" not in totals(session):
            raise nobody(tag, people)
        found = walk(session, f"tag:{tag}" if tag else "all")
        results.items(islice(found, limit), as_object=as_json, people=people, why=why)


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every feed's last and next poll and its trouble, and how much is stored.

    Example: aggregator status
    """
    from aggregator.output import results
    from aggregator.store.feeds import health
    from aggregator.store.items import counts
    from aggregator.store.queue import depth

    with opened(context) as instance, instance.store.reading() as session:
        feeds = health(session, instance.tools.feeds)
        results.status(feeds, counts(session), depth(session), as_object=as_json)
