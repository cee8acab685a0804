"""The command `aggregator`: every verb is one call; what it prints is in `output`.

Imports stand inside the verbs, so that `--help` and the quick verbs stay quick.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator import __version__
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from aggregator.config.load import Config
    from aggregator.errors import Problem
    from aggregator.instance import Instance
    from aggregator.values.tag import Document

app = typer.Typer(
    name="aggregator",
    help="Polls feeds, tags what they say with the people it is about, republishes by person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
feeds_app = typer.Typer(help="The feeds of feeds.yaml.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def main() -> None:
    """Run the command; an error of ours is one line on stderr for each thing that is wrong."""
    try:
        app()
    except* AggregatorError as errors:
        if "--debug" in sys.argv:
            raise
        from aggregator.output import complain

        complain(str(_first(errors)))
        sys.exit(1)


def _first(group: BaseExceptionGroup[AggregatorError]) -> AggregatorError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, AggregatorError)  # noqa: S101 (what `except*` caught)
    return error


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(help="The instance's feeds.yaml; its folder is the instance.")
    ] = Path("feeds.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every poll.")] = False,
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see main)
    version: Annotated[  # noqa: ARG001 (see _version)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Set up what every verb needs."""
    context.obj = config
    context.meta["verbose"] = verbose


@contextmanager
def _opened(context: typer.Context, *, log: str = "WARNING") -> Iterator["Instance"]:
    """The instance, with its logs on stderr."""
    import logging

    from aggregator.instance import Instance
    from aggregator.output import logs_to_stderr

    level = "INFO" if context.find_root().meta.get("verbose") else log
    logs_to_stderr(logging.getLevelName(level))
    with Instance(context.obj, os.environ) as instance:
        yield instance


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
    from aggregator.output import complain, hint

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

    async def ask() -> "list[Problem]":
        async with network(config) as net:
            return await unreadable(config, net, datetime.now(UTC))

    return anyio.run(ask)


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
    import anyio

    from aggregator import output
    from aggregator.instance import network
    from aggregator.jobs import Embedded, Tick

    async def once(instance: "Instance") -> Tick:
        with output.progress("polling") as (begin, watch):
            async with network(instance.tools.config) as net:
                work = Embedded(instance.tools, net, instance.lock)
                return await work.tick(everything, begin, lambda _: watch())

    with _opened(context) as instance:
        output.tick(anyio.run(once, instance), as_object=as_json)
        if instance.people_changed:
            output.hint("people changed since everything was tagged: `aggregator retag` catches up")


@app.command()
def publish(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Everything, stale or not.")] = False,
) -> None:
    """Render what is stale into the published folder.

    Example: aggregator publish --all
    """
    from aggregator import output, pipeline
    from aggregator.lock import alone

    with _opened(context) as instance, alone(instance.lock):
        if everything:
            pipeline.mark_everything(instance.tools)
        with output.progress("publishing") as (begin, watch):
            written = pipeline.publish_changed(instance.tools, begin, watch)
    typer.echo(f"{written} files written")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 for any.")] = 8000,
) -> None:
    """Run the service: polls in the background, serves what is published, until SIGTERM or SIGINT.

    Example: aggregator serve --host 0.0.0.0 --port 8080
    """
    import anyio

    from aggregator import service

    with _opened(context, log="INFO") as instance:
        anyio.run(service.serve, instance, host, port, backend_options={"use_uvloop": True})


@app.command()
def tag(
    context: typer.Context,
    jsonl: Annotated[
        str, typer.Option(help="JSON lines with id, title, text, categories, lang; - is stdin.")
    ] = "-",
) -> None:
    """Tag documents without storing them: JSON lines in, a line out for each.

    Example: echo '{"id": 1, "title": "Lavrov in Milan"}' | aggregator tag
    """
    from aggregator import output
    from aggregator.config.load import load
    from aggregator.tag.matcher import Tagger

    tagger = Tagger(load(context.obj, os.environ).people)
    for number, line in enumerate(_lines(jsonl), 1):
        if line.strip():
            given, document = _document(line, f"{jsonl}:{number}")
            output.tagged(given, tagger.tag(document))


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        yield from sys.stdin
        return
    try:
        with Path(source).open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise AggregatorError(f"{source}: cannot be read: {error.strerror}") from error


def _document(line: str, place: str) -> tuple[dict[str, Any], "Document"]:
    """The object on a line, and the document it describes; raises AggregatorError naming the place."""
    from aggregator.values.tag import Document

    try:
        given = json.loads(line)
    except ValueError as error:
        raise AggregatorError(f"{place}: not JSON: {error}") from error
    if not isinstance(given, dict):
        raise AggregatorError(f"{place}: write an object with title, text, categories, lang")
    categories = given.get("categories") or []
    words = [given.get("title") or "", given.get("text") or "", *categories]
    if not isinstance(categories, list) or not all(isinstance(word, str) for word in words):
        raise AggregatorError(f"{place}: title and text are strings, categories a list of strings")
    title, text, *labels = words
    return given, Document(title, text, tuple(labels), given.get("lang"))


@app.command()
def retag(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
) -> None:
    """Tag everything stored again, after people changed; prints gained and lost per tag.

    Example: aggregator retag --dry-run
    """
    from aggregator import output, pipeline
    from aggregator.lock import alone

    with _opened(context) as instance:
        tools = instance.tools
        if dry_run:
            with output.progress("tagging") as (begin, watch):
                result = pipeline.retag(tools, dry_run=True, begin=begin, watch=watch)
        else:
            with alone(instance.lock), output.progress("tagging") as (begin, watch):
                result = pipeline.retag(tools, begin=begin, watch=watch)
                pipeline.publish_changed(tools)
        output.retagged(result, dry_run=dry_run)


@app.command(context_settings={"ignore_unknown_options": True})
def correct(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="The item's id, as `aggregator items` prints it.")],
    verdicts: Annotated[
        list[str], typer.Argument(help="+SLUG: it is about this person; -SLUG: it is not.")
    ],
) -> None:
    """Keep an editor's verdict on one item; it survives every retag.

    Example: aggregator correct urn:uuid:... +sergei-lavrov -federica-mogherini
    """
    from aggregator import pipeline
    from aggregator.lock import alone

    with _opened(context) as instance, alone(instance.lock):
        pipeline.correct(instance.tools, item, _verdicts(verdicts))
        pipeline.publish_changed(instance.tools)


def _verdicts(words: list[str]) -> dict[str, bool]:
    wrong = [word for word in words if not word[1:] or word[0] not in "+-"]
    if wrong:
        raise AggregatorError(f"{wrong[0]}: write +SLUG to give a tag, or -SLUG to take it away")
    return {word[1:]: word[0] == "+" for word in words}


@app.command()
def items(
    context: typer.Context,
    tag: Annotated[str | None, typer.Option(help="Only items with this tag.")] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """List stored items, newest first.

    Example: aggregator items --tag sergei-lavrov --json
    """
    from itertools import islice

    from aggregator import output
    from aggregator.store.items import walk

    with _opened(context) as instance, instance.store.reading() as session:
        names = {slug: person.name for slug, person in instance.tools.edition.people.items()}
        found = walk(session, f"tag:{tag}" if tag else "all")
        output.items(islice(found, limit), as_object=as_json, names=names)


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every feed's last and next poll and its trouble, and how much is stored.

    Example: aggregator status
    """
    from aggregator import output
    from aggregator.store.feeds import health
    from aggregator.store.items import counts

    with _opened(context) as instance, instance.store.reading() as session:
        output.status(health(session, instance.tools.feeds), counts(session), as_object=as_json)


@feeds_app.command("list")
def feeds_list(context: typer.Context) -> None:
    """List the feeds of feeds.yaml.

    Example: aggregator feeds list
    """
    from aggregator import output
    from aggregator.store.feeds import health

    with _opened(context) as instance, instance.store.reading() as session:
        output.feeds(health(session, instance.tools.feeds))
