"""The command: how it ends, what it says when something goes wrong, and what its help has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from aggregator.cli import app
from tests.support.cli import arguments, called, environment
from tests.test_docs import commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "feeds: []\npeople: [{name: Sergey Lavrov}, {name: Sanna Marin}]\n"
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("verb", dict(commands(get_command(app))))
def test_the_help_of_every_verb_has_an_example_of_it(verb: str) -> None:
    command = dict(commands(get_command(app)))[verb]

    assert re.search(rf"Example: .*{verb}\b", command.help or "")  # type: ignore[attr-defined] # a command of whatever click typer brings


def test_a_fault_of_our_own_is_one_line_and_with_debug_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ExceptionGroup("tasks", [ZeroDivisionError("division by zero\nand more")])

    monkeypatch.setattr("aggregator.store.feeds.health", broken)

    told = called(folder, "status")

    assert (told.code, told.out) == (1, "")
    assert told.err == (
        "a fault of aggregator itself: ZeroDivisionError: division by zero;"
        " --debug before the verb shows where\n"
    )
    with pytest.raises(ExceptionGroup):
        called(folder, "--debug", "status")


def test_a_reader_that_goes_away_is_told_nothing(folder: Path) -> None:
    line = '{"id": 1, "title": "Lavrov in Milan"}\n' * 20_000
    (folder / "documents.jsonl").write_text(line)
    program = " ".join(arguments("tag", "--jsonl", "documents.jsonl"))

    done = subprocess.run(
        ["bash", "-c", f"{program} | head -1"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_slug_that_is_nobodys_is_told(folder: Path) -> None:
    told = called(folder, "items", "--tag", "sergei-lavrov")

    assert (told.code, told.out) == (1, "")
    assert told.err == (
        "no person in feeds.yaml has the slug sergei-lavrov: did you mean sergey-lavrov?\n"
    )


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("aggregator pe", "people"),
        ("aggregator people s", "suggest"),
        ("aggregator items --tag ser", "sergey-lavrov"),
        ("aggregator correct urn:uuid:1 +sa", "+sanna-marin"),
    ],
)
def test_the_shell_completes_verbs_and_slugs(folder: Path, typed: str, offered: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}

    done = subprocess.run(
        [Path(sys.executable).with_name("aggregator")],
        cwd=folder,
        env=environment(words | {"_AGGREGATOR_COMPLETE": "complete_bash"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.split() == [offered]
