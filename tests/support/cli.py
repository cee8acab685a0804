"""The command as a user runs it: a program, in an instance's folder."""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aggregator.cli import main

PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Stdout as one JSON value."""
        return json.loads(self.out)

    def json_lines(self) -> list[Any]:
        """Stdout as a JSON value on each line."""
        return [json.loads(line) for line in self.out.splitlines()]


def arguments(*words: str, program: str = "aggregator") -> list[str]:
    """The command line of `aggregator` with these words, or of another module that does the same."""
    return [sys.executable, "-m", program, *words]


def environment(changes: dict[str, str] | None = None) -> dict[str, str]:
    """The environment a command gets: ours, less what would redirect it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATOR")}
    source = str(Path(__file__).parents[2])
    return kept | {"PYTHONPATH": source, "NO_COLOR": "1", "TZ": "UTC"} | (changes or {})


def aggregator(
    folder: Path,
    *words: str,
    given: str = "",
    environ: dict[str, str] | None = None,
    program: str = "aggregator",
) -> Ran:
    """Run a verb in a folder and wait for its end."""
    done = subprocess.run(
        arguments(*words, program=program),
        cwd=folder,
        input=given,
        env=environment(environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def called(folder: Path, *words: str, given: bytes = b"") -> Ran:
    """The same verb in this very process: much quicker, for what neither serves nor is timed."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code: object = 0
    with ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sys, "argv", ["aggregator", *words])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        patch.setenv("NO_COLOR", "1")
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            root.handlers[:], root.level = before
    return Ran(int(str(code or 0)), written(out), written(err))


def written(stream: io.TextIOWrapper) -> str:
    """What was written to a stream that keeps it."""
    stream.flush()
    stream.seek(0)
    return stream.read()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    files: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
