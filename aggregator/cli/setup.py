"""Verbs around feeds.yaml as a whole: `init`, `check`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.command import app

if TYPE_CHECKING:
    from aggregator.config.load import Config
    from aggregator.errors import Problem


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Made when missing.")] = Path(),
) -> None:
    """Write a commented starter feeds.yaml; an existing one is never overwritten.

    Example: aggregator init newsroom
    """
    from aggregator.config.starter import write_starter

    typer.echo(f"{write_starter(folder)}: written; edit it, then run `aggregator check`")


@app.command()
def schema() -> None:
    """Print the JSON Schema of feeds.yaml, by which editors complete and check while typing.

    Example: aggregator schema > feeds.schema.json
    """
    from aggregator.config.schema import json_schema_text

    typer.echo(json_schema_text(), nl=False)


@app.command()
def check(
    context: typer.Context,
    online: Annotated[bool, typer.Option(help="Fetch every feed, too.")] = False,
) -> None:
    """Validate feeds.yaml and run its headline tests.

    Every problem is a line `feeds.yaml:LINE:COL: what is wrong, and what to write instead`.
    Exit code 0: all is well; 1: not.

    Example: aggregator check && aggregator poll
    """
    from aggregator.checks import problems
    from aggregator.config.load import load
    from aggregator.output.terminal import complain, hint

    config = load(context.obj, os.environ)
    found, warnings = problems(config)
    found += _unreadable(config) if online else []
    for warning in warnings:
        hint(f"{warning} (a warning)")
    for problem in found:
        complain(str(problem))
    if found:
        raise typer.Exit(1)
    typer.echo(
        f"{context.obj}: {len(config.feeds)} feeds, {len(config.people)} people, "
        f"{len(config.views)} views; nothing is wrong"
    )


def _unreadable(config: "Config") -> "list[Problem]":
    """What is wrong with the feeds themselves, asked now."""
    from datetime import UTC, datetime

    import anyio

    from aggregator.checks import unreadable
    from aggregator.instance import network
    from aggregator.looks import opened

    async def ask() -> "list[Problem]":
        with opened(config) as looks:
            async with network(config) as net:
                return await unreadable(config, net, looks, datetime.now(UTC))

    return anyio.run(ask)
