"""The command itself: its options, its errors, and opening the instance for a verb."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator import __version__
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from aggregator.instance import Instance

_GARBAGE = 50_000  # new objects until some are looked at: the usual 700 take a tenth of start-up

app = typer.Typer(
    name="aggregator",
    help="Polls feeds, tags what they say with the people it is about, republishes by person.",
    epilog="Exit codes: 0 done; 1 not done, and a line on stderr says why; 2 misspelt; 130 cut off."
    " Example: aggregator init newsroom && cd newsroom && aggregator poll",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # In a pipe nobody sees the frames, and rich takes longer to load than all else.
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def slugs(context: typer.Context, incomplete: str) -> list[str]:
    """Completes the slugs of feeds.yaml; nothing when it cannot be read."""
    from aggregator.config.load import load

    config = context.find_root().params.get("config") or "feeds.yaml"
    try:
        people = load(Path(config), os.environ).people
    except AggregatorError:
        return []
    sign = incomplete[:1] if incomplete[:1] in {"+", "-", "="} else ""
    return [
        sign + person.slug for person in people if person.slug.startswith(incomplete[len(sign) :])
    ]


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def main() -> None:
    """Run the command; what goes wrong is one line on stderr, and the exit code tells, too."""
    gc.set_threshold(_GARBAGE)
    try:
        app()
    except (Exception, BaseExceptionGroup) as raised:
        error = _first(raised)
        if "--debug" in sys.argv:
            raise
        from aggregator.output.terminal import complain

        if isinstance(error, AggregatorError):
            complain(str(error))
        else:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            complain(f"a fault of aggregator itself: {said}; --debug before the verb shows where")
        sys.exit(1)


def _first(error: BaseException) -> BaseException:
    """The error itself, out of the groups that task groups put it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            help="The instance's feeds.yaml; its folder is the instance.",
            readable=False,  # who reads it says what is wrong, with a place
        ),
    ] = Path("feeds.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every poll.")] = False,
    debug: Annotated[  # noqa: ARG001 (see main)
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    version: Annotated[  # noqa: ARG001 (see _version)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Set up what every verb needs."""
    context.obj = config
    context.meta["verbose"] = verbose


@contextmanager
def opened(
    context: typer.Context,
    *,
    log: str = "WARNING",
    in_background: bool = False,
    leads: bool = True,
) -> Iterator["Instance"]:
    """The instance, with its logs on stderr; for the flags see `Instance`."""
    import logging

    from aggregator.lean import share_one_heap
    from aggregator.output.logs import logs_to_stderr

    from aggregator.instance import Instance  # isort: skip (after that)

    share_one_heap()
    level = "INFO" if context.find_root().meta.get("verbose") else log
    logs_to_stderr(logging.getLevelName(level))
    with Instance(context.obj, os.environ, in_background=in_background, leads=leads) as instance:
        gc.freeze()  # what is loaded now stays: no collection need look at it again
        yield instance
