"""Verbs around tags: `tag` for documents at hand, `correct` for an item."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.command import app, opened, slugs
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from aggregator.instance import Instance
    from aggregator.values.tag import Document


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
    from aggregator.config.load import load
    from aggregator.output import results
    from aggregator.tag.matcher import Tagger

    tagger = Tagger(load(context.obj, os.environ).people)
    for number, line in enumerate(_lines(jsonl), 1):
        if line.strip():
            given, document = _document(line, f"{jsonl}:{number}")
            results.tagged(given, tagger.tag(document))


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


# Without -h: a slug may start with any letter, and -harriet-harman is a verdict.
@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
def correct(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="Its id, as `aggregator items` prints it, or page.")],
    verdicts: Annotated[
        list[str],
        typer.Argument(
            help="+SLUG: it is about this person; -SLUG: it is not; =SLUG: as the rules say again.",
            autocompletion=slugs,
        ),
    ],
) -> None:
    """Keep an editor's verdict on one item; it survives every retag and every edit of the item.

    Example: aggregator correct urn:uuid:... +sergei-lavrov -federica-mogherini
    """
    from aggregator.output import results
    from aggregator.verdicts import correct as keep

    decided = _verdicts(verdicts)
    with opened(context) as instance:
        results.corrected(keep(instance.tools, _item_id(item), decided))
        _publish(instance)


def _publish(instance: "Instance") -> None:
    """Publish what a verdict changed; a service that is at work right now does it itself."""
    from aggregator import pipeline
    from aggregator.errors import Busy
    from aggregator.lock import alone
    from aggregator.output.terminal import hint

    try:
        with alone(instance.lock, patience_s=0):
            pipeline.publish_changed(instance.tools)
    except Busy:
        hint("kept; whoever is polling now publishes it in a moment")


def _verdicts(words: list[str]) -> dict[str, bool | None]:
    signs = {"+": True, "-": False, "=": None}
    wrong = [word for word in words if not word[1:] or word[0] not in signs]
    if wrong:
        raise AggregatorError(
            f"{wrong[0]}: write +SLUG to give a tag, -SLUG to take it away, =SLUG for the rules'"
        )
    return {word[1:]: signs[word[0]] for word in words}


def _item_id(text: str) -> str:
    """The id, which stands last in the address of an item's page."""
    return text.rstrip("/").rpartition("/items/")[2]


@app.command()
def split(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="The item's id, as `aggregator items` prints it.")],
    feed: Annotated[str, typer.Argument(help="Address of the source that tells another story.")],
) -> None:
    """Part a source from an item: two stories were taken for one. Prints the new item's id.

    What the feed said becomes an item of its own, and no later entry of that feed joins the old
    one again. The old item keeps its id and the verdicts of editors.

    Example: aggregator split urn:uuid:... https://example.org/feed.xml
    """
    from aggregator import verdicts

    with opened(context) as instance:
        typer.echo(verdicts.split(instance.tools, _item_id(item), feed))
        _publish(instance)
