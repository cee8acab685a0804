"""The verbs `people ...`: who is listed, who could be."""

import os
from typing import Annotated

import typer

from aggregator.cli.command import AsJson, app, opened

people_app = typer.Typer(help="The people of feeds.yaml.", no_args_is_help=True)
app.add_typer(people_app, name="people")


@people_app.command("list")
def people_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the people of feeds.yaml, with how many items name each.

    Example: aggregator people list
    """
    from aggregator.output import desk
    from aggregator.store.items import totals

    with opened(context) as instance, instance.store.reading() as session:
        desk.people(instance.tools.config.people, totals(session), as_object=as_json)


@people_app.command("add")
def people_add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="As it is to be shown.")],
    alias: Annotated[
        list[str] | None, typer.Option(help="Another spelling; may be given several times.")
    ] = None,
    slug: Annotated[
        str | None, typer.Option(help="In addresses; without it, made from the name.")
    ] = None,
    wikidata: Annotated[str | None, typer.Option(help="Her item there: Q58217")] = None,
) -> None:
    """Add a person to feeds.yaml, and say which stored items name her; every other line stays.

    A running service tags what is stored by itself; without one, `aggregator retag` does.

    Example: aggregator people add "Kaja Kallas" --alias "Кая Каллас"
    """
    from aggregator.checks import warnings_of
    from aggregator.config import edit
    from aggregator.desk import past_items
    from aggregator.output import desk
    from aggregator.output.terminal import hint

    def change(text: str) -> str:
        return edit.add_person(text, name, slug=slug, aliases=alias or (), wikidata=wikidata)

    # First: a database out of use is told before anything changes.
    with opened(context) as instance:
        config = edit.rewrite(context.obj, os.environ, change)
        person = config.people[-1]
        typer.echo(f"{context.obj}: added {person.name}, as /tags/{person.slug}/")
        for warning in warnings_of(config, len(config.people) - 1):
            hint(f"{warning} (a warning)")
        desk.past_items(past_items(instance.tools, person))


@people_app.command("suggest")
def people_suggest(
    context: typer.Context,
    days: Annotated[int, typer.Option(help="Read items of so many days.", min=1)] = 90,
    least: Annotated[int, typer.Option(help="In so many items, at least.", min=1)] = 3,
    most: Annotated[int, typer.Option(help="At most so many of each kind.", min=1)] = 30,
    as_json: AsJson = False,
) -> None:
    """Suggest people and aliases from stored items, as lines to paste into feeds.yaml.

    Names often seen that are nobody's, other spellings of listed people, and near misses.

    Example: aggregator people suggest --days 30 --least 5
    """
    from datetime import timedelta

    from aggregator.desk import suggested
    from aggregator.output import desk
    from aggregator.output.progress import progress

    with opened(context) as instance:
        tools = instance.tools
        since = tools.now() - timedelta(days=days)
        with progress("reading") as (begin, watch):
            found = suggested(tools, since, least, most, begin, watch)
        desk.suggestions(found, tools.config, as_object=as_json)
