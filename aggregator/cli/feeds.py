"""The verbs `feeds ...`: what feeds.yaml lists."""

import typer

from aggregator.cli.command import app, opened

feeds_app = typer.Typer(help="The feeds of feeds.yaml.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")


@feeds_app.command("list")
def feeds_list(context: typer.Context) -> None:
    """List the feeds of feeds.yaml.

    Example: aggregator feeds list
    """
    from aggregator.output import results
    from aggregator.store.feeds import health

    with opened(context) as instance, instance.store.reading() as session:
        results.feeds(health(session, instance.tools.feeds))
