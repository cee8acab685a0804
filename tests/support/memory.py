"""The memory of a program with all the processes it starts."""

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LOOK_S = 0.05


def run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], patience_s: float
) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run a program to its end; the most bytes that it and all below it held at one time.

    Pages that several processes share count once (PSS, proc(5)).
    """
    program = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(LOOK_S):
            most = max(most, sum(held(pid) for pid in tree(program.pid)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        out, err = program.communicate(timeout=patience_s)
    finally:
        program.kill()
        ended.set()
        watcher.join()
    return subprocess.CompletedProcess(command, program.returncode, out, err), most


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):  # it has ended
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def held(pid: int) -> int:
    """The bytes of a process; of a page shared with others its part."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
