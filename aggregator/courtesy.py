"""Processes that give way: whoever works in the background keeps no reader waiting."""

import os
from contextlib import suppress

NICE = 5  # weighs a third of a process that answers readers
_SESSION = "/proc/self/autogroup"


def give_way() -> None:
    """Let this process, and those it starts, have the processor when others leave it."""
    os.nice(NICE)
    be_nice_as_a_session()


def be_nice_as_a_session() -> None:
    """Let this process's session be as nice as the process is.

    Linux may weigh sessions first, and then only the processes within each: a nice process that is
    alone in its session would give way to nobody.
    Source: sched(7), "The autogroup feature".
    """
    nice = os.nice(0)
    if nice <= 0:
        return
    with suppress(OSError):  # no Linux, or one that does without
        session = os.open(_SESSION, os.O_WRONLY)
        try:
            os.write(session, str(nice).encode())
        finally:
            os.close(session)
