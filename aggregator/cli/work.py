"""Verbs that do the work: `poll`, `publish`, `serve`, `retag`."""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.command import AsJson, app, opened

if TYPE_CHECKING:
    from aggregator.instance import Instance
    from aggregator.values.tick import Tick

HUB_PATIENCE_S = 10.0  # for a hub to be told; what it does not take then is told by the next run


@app.command()
def poll(
    context: typer.Context,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Every feed that is not gone, though never too soon for a Retry-After."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Poll the feeds that are due, then publish what changed.

    Exit code 0 although single feeds fail (`aggregator status` tells); 1 when feeds.yaml, the
    database or the published files cannot be used.

    Example: aggregator poll --all
    """
    from datetime import UTC, datetime

    from aggregator.store.quiet import nothing_to_do
    from aggregator.values.tick import Tick

    if not everything and nothing_to_do(context.obj, os.environ, datetime.now(UTC)):
        typer.echo(Tick().as_json() if as_json else Tick().as_text())
    else:
        _poll(context, everything=everything, as_json=as_json)


def _poll(context: typer.Context, *, everything: bool, as_json: bool) -> None:
    import anyio

    with opened(context) as instance:
        done = anyio.run(_once, instance, everything)
        typer.echo(done.as_json() if as_json else done.as_text())
        instance.note_quiet()
        if instance.behind.tags:
            from aggregator.output.terminal import hint

            hint("people changed since everything was tagged: `aggregator retag` catches up")


async def _once(instance: "Instance", everything: bool) -> "Tick":
    from aggregator import herald, messenger
    from aggregator.instance import network
    from aggregator.jobs import Embedded, Workplace
    from aggregator.output.progress import progress

    with progress("polling") as (begin, watch):
        async with network(instance.tools.config, once=True) as net:
            work = Embedded(instance.tools, net, Workplace(instance.lock))
            done = await work.tick(everything, begin, lambda _: watch())
    await herald.tell_once(instance.tools, HUB_PATIENCE_S)
    await messenger.deliver_once(instance.tools, HUB_PATIENCE_S)
    return done


@app.command()
def publish(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Everything, stale or not.")] = False,
) -> None:
    """Render what is stale into the published folder.

    Example: aggregator publish --all
    """
    import anyio

    from aggregator import herald, pipeline
    from aggregator.lock import alone
    from aggregator.output.progress import progress

    with opened(context) as instance, alone(instance.lock):
        if everything:
            with instance.store.writing() as session:
                pipeline.mark_everything(instance.tools, session)
        with progress("publishing") as (begin, watch):
            written = pipeline.publish_changed(instance.tools, begin, watch)
        anyio.run(herald.tell_once, instance.tools, HUB_PATIENCE_S)
    typer.echo(f"{written} files written")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 for any.")] = 8000,
    web_only: Annotated[
        bool, typer.Option("--web-only", help="Only serve; other processes poll and publish.")
    ] = False,
) -> None:
    """Run the service: polls in the background, serves what is published, until SIGTERM or SIGINT.

    Example: aggregator serve --host 0.0.0.0 --port 8080
    """
    from functools import partial

    import anyio

    from aggregator import service

    with opened(context, log="INFO", in_background=True, leads=not web_only) as instance:
        serve = partial(service.serve, web_only=web_only)
        anyio.run(serve, instance, host, port, backend_options={"use_uvloop": True})


@app.command(hidden=True)
def background(context: typer.Context) -> None:
    """Poll and publish, as the process that `serve` starts: until standard input ends."""
    import anyio

    from aggregator.background import background

    with opened(context, log="INFO", in_background=True) as instance:
        anyio.run(background, instance, backend_options={"use_uvloop": True})


@app.command()
def worker(
    context: typer.Context,
    concurrency: Annotated[int, typer.Option(help="Jobs at once.", min=1, max=256)] = 16,
) -> None:
    """Take jobs of a PostgreSQL deployment: polls and publishes what `aggregator serve` puts in.

    Any number of them, on any number of machines with the same feeds.yaml; SIGTERM or SIGINT ends
    one in order. It ends by itself, with exit code 0, when a newer release has migrated the database.

    Example: aggregator worker --concurrency 32
    """
    import anyio

    from aggregator import background
    from aggregator.errors import Unusable

    with opened(context, log="INFO", leads=False) as instance:
        if instance.store.on_sqlite:
            raise Unusable(
                "workers need a PostgreSQL database; with SQLite `aggregator serve` does it all"
            )
        anyio.run(background.work, instance, concurrency, backend_options={"use_uvloop": True})


@app.command()
def retag(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
) -> None:
    """Tag everything stored again, after people changed; prints gained and lost per tag.

    Example: aggregator retag --dry-run
    """
    from aggregator import pipeline
    from aggregator.lock import alone
    from aggregator.output import results
    from aggregator.output.progress import progress
    from aggregator.retag import retag as retag_all

    with opened(context) as instance:
        tools = instance.tools
        with nullcontext() if dry_run else alone(instance.lock):
            with progress("tagging") as (begin, watch):
                result = retag_all(tools, dry_run=dry_run, begin=begin, watch=watch)
            if not dry_run:
                with progress("publishing") as (begin, watch):
                    pipeline.publish_changed(tools, begin, watch)
        results.retagged(result, dry_run=dry_run)
