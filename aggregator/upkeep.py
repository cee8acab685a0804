"""What every process that goes on and on does: hear signals, take an edited feeds.yaml up."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskStatus

from aggregator.errors import AggregatorError, ConfigError
from aggregator.instance import Instance
from aggregator.pulse import Pulse

log = structlog.get_logger()

WATCH_S = 0.5  # how often it is looked whether feeds.yaml changed
LAST_S: Final = 9.0  # from being told to stop; supervisors kill after 10


async def until_signalled(
    stop: Callable[[], None], *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Call `stop` at SIGTERM and SIGINT; soon after, this process is gone.

    Started once it listens: whoever is told that we are at work may tell us to stop at once.
    """
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            log.info("stopping", signal=signal.Signals(number).name)
            be_gone_soon()
            stop()


def be_gone_soon() -> None:
    """End this process after `LAST_S`, whatever it is doing then.

    A thread that computes, or that waits for a database or a disk, hears nothing of a stop. What it
    has not committed is done again; so is a job of a queue.
    """

    def cut_off() -> None:
        log.warning("stop_cut_off", seconds=LAST_S)
        os._exit(0)  # as ordered; waiting for the threads is what is to be avoided

    last = threading.Timer(LAST_S, cut_off)
    last.daemon = True
    last.start()


async def edited(instance: Instance, pulse: Pulse) -> None:
    """Return once an edited feeds.yaml was taken up; of a wrong one is told, and it is left alone."""
    while True:
        await anyio.sleep(WATCH_S)
        if instance.has_changed() and await taken_up(instance, pulse):
            tools = instance.tools
            log.info("config_reloaded", feeds=len(tools.feeds), people=len(tools.config.people))
            return


async def taken_up(instance: Instance, pulse: Pulse) -> bool:
    """Read feeds.yaml again, and use it from now on; False when it cannot be, and the pulse says why."""
    try:
        await to_thread.run_sync(instance.reload)
    except ConfigError as error:
        pulse.config_errors = tuple(str(problem) for problem in error.problems)
        log.error("config_refused", problems=pulse.config_errors)  # noqa: TRY400 (told whole)
    except AggregatorError as error:
        if pulse.config_errors != (str(error),):  # said once: it is tried again and again
            log.error("config_not_adopted", error=str(error))  # noqa: TRY400 (one line says it all)
        pulse.config_errors = (str(error),)
    except Exception as error:
        pulse.config_errors = (f"feeds.yaml: {type(error).__name__}: see the log",)
        log.exception("reload_broke")
    else:
        pulse.config_errors = ()
        return True
    return False
