"""What a program costs with all the processes it starts: time, CPU, memory."""

import contextlib
import ctypes
import os
import re
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2): orphans become our children, and are counted
_LOOK_S = 0.05  # each look takes the kernel a millisecond
_TICKS = os.sysconf("SC_CLK_TCK")  # a second


@dataclass(frozen=True)
class Cost:
    """Of one run."""

    wall: float  # seconds
    cpu: float  # seconds, of every process
    memory: int  # bytes: the most that was resident at one time, what processes share once
    output: str


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, limit: float) -> Cost:
    """Run a program to its end; raises CalledProcessError or TimeoutExpired, as subprocess does."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    before, started = _cpu(), time.perf_counter()
    program = subprocess.Popen(
        command,
        env={**os.environ, **env} if env else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watcher = _Watcher(program.pid)
    watcher.start()
    try:
        output, _ = program.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        program.kill()
        program.communicate()
        raise
    finally:
        watcher.ended.set()
        watcher.join()
        _reap()
    wall = time.perf_counter() - started
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command, output)
    return Cost(wall, _cpu() - before, watcher.most, output)


def cpu_of(root: int, *, but: int | None = None) -> float:
    """Seconds of processor that a process and all below it have used, those that ended too.

    Args:
        but: a process below it that is left out, with all below that.
    """
    left_out = set() if but is None else set(_tree(but))
    used = 0
    for pid in dict.fromkeys(_tree(root)):
        if pid not in left_out and (said := _read(Path(f"/proc/{pid}/stat"))):
            used += sum(map(int, said.rpartition(")")[2].split()[11:15]))
    return used / _TICKS


class _Watcher(threading.Thread):
    """Looks at the memory of a process and of all below it, again and again."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self.most = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(_LOOK_S):
            self.most = max(self.most, sum(map(_share, _tree(self._root))))


def _tree(root: int) -> list[int]:
    found = [root]
    with contextlib.suppress(OSError):  # one of them has ended
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, _read(task / "children").split())
    return found


def _share(pid: int) -> int:
    """Resident bytes of a process, those it shares with others divided among them (proc(5), Pss)."""
    found = _PSS.search(_read(Path(f"/proc/{pid}/smaps_rollup")))
    return int(found[1]) * 1024 if found else 0


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # it has ended
        return ""


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap() -> None:
    """Wait for what the program left behind and has ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
