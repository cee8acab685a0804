"""Verbs that keep what is stored: `backup`, `restore`, `copy-to`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.command import app

if TYPE_CHECKING:
    from aggregator.config.load import Config


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The copy; an older backup there is replaced.")],
) -> None:
    """Copy the database to a file, whole and consistent, while the service runs.

    Example: aggregator backup /var/backups/aggregator.db
    """
    from aggregator.config.load import load
    from aggregator.store.backup import backup as copy

    size = copy(_database(load(context.obj, os.environ), "pg_dump"), file)
    typer.echo(f"{file}: {size / 1e6:,.1f} MB")


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `aggregator backup` made.")],
) -> None:
    """Put a backup in the place of the database; the service must be stopped.

    The backup is checked from end to end first, and what was there is kept beside it. The next
    poll or publish renders everything again.

    Example: aggregator restore /var/backups/aggregator.db
    """
    from datetime import UTC, datetime

    from aggregator.config.load import load
    from aggregator.store.backup import restore as put_back

    database = _database(load(context.obj, os.environ), "pg_restore")
    kept = put_back(database, file, datetime.now(UTC))
    typer.echo(f"{database}: restored from {file}")
    if kept is not None:
        typer.echo(f"{kept}: is what was there before; remove it when all is well")


@app.command()
def copy_to(
    context: typer.Context,
    database: Annotated[
        str,
        typer.Argument(help="An empty one: postgresql://user@host/name, or sqlite:///db/new.db."),
    ],
) -> None:
    """Move what is stored from SQLite to PostgreSQL, or back; the service must be stopped.

    All history, ids and corrections are copied, and both sides compared row by row. Cut off, the
    same command goes on where it was; nothing else opens the copy before it is whole. What was
    copied from stays; feeds.yaml is yours to change.

    Example: aggregator copy-to postgresql://aggregator@db.example.org/aggregator
    """
    from aggregator.config.load import load
    from aggregator.output.progress import progress
    from aggregator.store.copying import copy

    config = load(context.obj, os.environ)
    with progress("copying") as (begin, watch):
        rows = copy(config.database, database, config.root, begin, watch)
    done = f"{rows:,} rows copied and compared" if rows is not None else "was copied before"
    typer.echo(f"{done}; now give `database` in feeds.yaml that address")


def _database(config: "Config", instead: str) -> Path:
    from aggregator.errors import Unusable
    from aggregator.store.engine import sqlite_file

    file = sqlite_file(config.database, config.root)
    if file is None:
        raise Unusable(f"the database is PostgreSQL: use {instead}, as docs/operations.md says")
    return file
