"""`serve`: the scheduler and the web server in one event loop, and an orderly stop."""

import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import structlog
import uvicorn
from anyio import CancelScope, create_task_group, from_thread, to_thread
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from aggregator import adopt, herald, messenger, push
from aggregator.errors import AggregatorError, ConfigError, Unusable
from aggregator.instance import Instance, network
from aggregator.jobs import Dispatcher, Embedded, Workplace
from aggregator.pipeline import Network, Polled, Tools
from aggregator.retag import retag
from aggregator.web.app import create_app
from aggregator.web.metrics import Metrics
from aggregator.web.pulse import Progress, Pulse, Task
from aggregator.web.quick import protocol

log = structlog.get_logger()

TICK_S = 5  # how often it is looked whether a feed is due
WATCH_S = 0.5  # how often it is looked whether feeds.yaml changed
PAUSE_S = 0.02  # between two lots of work in the background: whoever waits to write gets in
RETRY_S = 30  # after work in the background broke off
GRACE_S = 3  # for requests under way at a stop
OWN_JOBS = 16  # of a queue, at once, in the service itself
SWITCH_S = 0.0001  # how long a thread that computes may keep the web server from its next request
IDLE_S = 10  # a connection that asks nothing for so long is closed


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service has one order to stop in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield


class Alarm:
    """Wakes the one who works: a ring while nobody waits is heard at the next wait."""

    def __init__(self) -> None:
        self._rung = anyio.Event()

    def ring(self) -> None:
        """Wake."""
        self._rung.set()

    async def wait(self) -> None:
        """Sleep until it rings; if the clock was set back, the scheduler oversleeps, but we do not."""
        with anyio.move_on_after(2 * TICK_S):
            await self._rung.wait()
        self._rung = anyio.Event()


class Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """So long after now: a clock that was set a year ahead leaves no year of ticks to make up for."""

    def __init__(self, wait: timedelta) -> None:
        self._wait = wait

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        """The next time, whenever the last one was."""
        return now + self._wait


async def serve(instance: Instance, host: str, port: int, *, web_only: bool = False) -> None:
    """Poll in the background and serve what is published, until SIGTERM or SIGINT.

    Args:
        web_only: only serve; other processes poll and publish.

    Raises:
        Unusable: the address cannot be listened at.
    """
    pulse = Pulse()
    metrics = Metrics(pulse)
    sys.setswitchinterval(SWITCH_S)
    with _listening(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                create_app(instance, pulse, metrics),
                http=protocol(),
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=GRACE_S,
                timeout_keep_alive=IDLE_S,
            )
        )
        async with create_task_group() as group:
            working = CancelScope()
            group.start_soon(_until_signalled, working, server)
            if web_only:
                group.start_soon(_follow, instance, pulse, working)
            else:
                group.start_soon(_work, instance, pulse, metrics, working)
            log.info("serving", address=_address(host, listener), config=str(instance.path))
            await server.serve(sockets=[listener])
            group.cancel_scope.cancel()
    log.info("stopped")


async def work(instance: Instance, concurrency: int) -> None:
    """Take jobs of a PostgreSQL deployment until SIGTERM or SIGINT, or a newer release takes over.

    Args:
        concurrency: jobs at once.
    """
    from aggregator import queued  # noqa: PLC0415 (not there without PostgreSQL)

    pulse = Pulse()
    working = CancelScope()
    log.info("working", concurrency=concurrency, config=str(instance.path))
    async with create_task_group() as group:
        group.start_soon(_until_signalled, working)
        with working:
            while not pulse.outdated:
                tools = instance.tools
                async with (
                    network(tools.config) as net,
                    queued.at_work(tools, net, concurrency),
                    create_task_group() as beside,
                ):
                    beside.start_soon(_make_way, tools, pulse, beside.cancel_scope)
                    await _edited(instance, pulse)
                    beside.cancel_scope.cancel()
        group.cancel_scope.cancel()
    log.info("stopped")


async def _make_way(tools: Tools, pulse: Pulse, shift: CancelScope) -> None:
    """End the shift once a newer release has migrated the database."""
    while True:
        await anyio.sleep(TICK_S)
        try:
            pulse.outdated = not await to_thread.run_sync(tools.store.is_current)
        except AggregatorError as error:
            log.error("database_unusable", error=str(error))  # noqa: TRY400 (one line says it all)
        if pulse.outdated:
            log.warning("newer_schema", hint="a newer release migrated the database: start that")
            shift.cancel()


async def _follow(instance: Instance, pulse: Pulse, working: CancelScope) -> None:
    """Take an edited feeds.yaml up, and see whether the database answers."""

    async def look() -> None:
        while True:
            try:
                await to_thread.run_sync(instance.store.is_current)
            except AggregatorError as error:
                pulse.error = str(error)
            else:
                pulse.error = None
            pulse.ticks += 1
            await anyio.sleep(TICK_S)

    with working:
        async with create_task_group() as group:
            group.start_soon(look)
            while True:
                await _edited(instance, pulse)


async def _until_signalled(working: CancelScope, server: uvicorn.Server | None = None) -> None:
    """At a signal: no new request, no new poll; what is being written is written to its end."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            log.info("stopping", signal=signal.Signals(number).name)
            working.cancel()
            if server is not None:
                server.should_exit = True


async def _work(instance: Instance, pulse: Pulse, metrics: Metrics, working: CancelScope) -> None:
    """Work until told to stop, with new tools whenever feeds.yaml changed.

    What is under way then goes on beside that, with the tools it began with, to its end.
    """
    workplace = Workplace(instance.lock)
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.start()
    with working:
        async with create_task_group() as shifts:
            while True:
                alarm = Alarm()
                shifts.start_soon(_shift, instance, pulse, metrics, workplace, alarm, scheduler)
                async with create_task_group() as background:
                    background.start_soon(_catch_up, instance, pulse, alarm)
                    await _edited(instance, pulse)
                    background.cancel_scope.cancel()
    scheduler.shutdown(wait=False)


async def _shift(
    instance: Instance,
    pulse: Pulse,
    metrics: Metrics,
    workplace: Workplace,
    alarm: Alarm,
    scheduler: AsyncIOScheduler,
) -> None:
    """Tick with the tools of now, until there are others."""
    tools = instance.tools

    async def ring() -> None:  # a coroutine: anything else would ring from another thread
        alarm.ring()

    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    tick = scheduler.add_job(ring, Every(timedelta(seconds=TICK_S)), **options)
    async with network(tools.config) as net, create_task_group() as beside:
        beside.start_soon(herald.keep_telling, tools)
        beside.start_soon(messenger.keep_delivering, tools)
        beside.start_soon(push.keep_up, tools, net, alarm.ring, lambda: instance.tools is tools)
        async with _dispatching(tools, net, workplace, metrics) as work:
            while instance.tools is tools:
                await _tick(work, pulse, metrics)
                await alarm.wait()
        beside.cancel_scope.cancel()
    tick.remove()


@asynccontextmanager
async def _dispatching(
    tools: Tools, net: Network, workplace: Workplace, metrics: Metrics
) -> AsyncIterator[Dispatcher]:
    """Who sees to what is due: this process alone, or every worker of the queue, we among them."""
    if tools.store.on_sqlite:
        yield Embedded(tools, net, workplace)
        return
    from aggregator import queued  # noqa: PLC0415 (not there without PostgreSQL)

    jobs = min(tools.config.poll.concurrency, OWN_JOBS)
    async with queued.at_work(tools, net, jobs, metrics.polled) as scheduler:
        yield scheduler


async def _tick(work: Dispatcher, pulse: Pulse, metrics: Metrics) -> None:
    """One tick; whatever goes wrong is told, and the next one tries again."""
    first_news: list[float] = []

    def watch(poll: Polled) -> None:
        metrics.polled(poll)
        if poll.recorded.items:
            first_news.append(time.monotonic())

    try:
        done = await work.tick(watch=watch)
    except AggregatorError as error:
        pulse.error = str(error)
        metrics.broke()
        log.error("tick_failed", error=pulse.error)  # noqa: TRY400 (one line says it all)
    except Exception as error:
        pulse.error = f"{type(error).__name__}: see the log"
        metrics.broke()
        log.exception("tick_broke")
    else:
        pulse.error = None
        metrics.ticked(done.published, time.monotonic() - first_news[0] if first_news else None)
        if done.feeds or done.published:
            log.info("tick", **done.as_dict())
    pulse.ticks += 1


async def _edited(instance: Instance, pulse: Pulse) -> None:
    """Return once an edited feeds.yaml was taken up; of a wrong one is told, and it is left alone."""
    while True:
        await anyio.sleep(WATCH_S)
        if not instance.has_changed():
            continue
        try:
            await to_thread.run_sync(instance.reload)
        except ConfigError as error:
            pulse.config_errors = tuple(str(problem) for problem in error.problems)
            log.error("config_refused", problems=pulse.config_errors)  # noqa: TRY400 (told whole)
        except AggregatorError as error:
            pulse.config_errors = (str(error),)
            log.error("config_not_adopted", error=str(error))  # noqa: TRY400 (one line says it all)
        except Exception as error:
            pulse.config_errors = (f"feeds.yaml: {type(error).__name__}: see the log",)
            log.exception("reload_broke")
        else:
            pulse.config_errors = ()
            tools = instance.tools
            log.info("config_reloaded", feeds=len(tools.feeds), people=len(tools.config.people))
            return


async def _catch_up(instance: Instance, pulse: Pulse, alarm: Alarm) -> None:
    """Bring what is stored in line with feeds.yaml, beside everything else."""
    tools, behind = instance.tools, instance.behind
    while True:
        try:
            if behind.channels:
                await to_thread.run_sync(_assign, tools, pulse)
                behind = replace(behind, channels=False)
            if behind.tags:
                await to_thread.run_sync(_retag, tools, pulse)
        except AggregatorError as error:
            pulse.background_error = str(error)
            log.error("catching_up_failed", error=str(error))  # noqa: TRY400 (one line says it all)
            await anyio.sleep(RETRY_S)
        else:
            pulse.background_error = None
            alarm.ring()
            return
        finally:
            pulse.background = None


def _assign(tools: Tools, pulse: Pulse) -> None:
    adopt.assign_again(tools, *_told(pulse, "assign"))
    log.info("views_assigned")


def _retag(tools: Tools, pulse: Pulse) -> None:
    begin, watch = _told(pulse, "retag")
    result = retag(tools, resume=True, begin=begin, watch=watch)
    log.info("retagged", items=result.items, gained=result.gained, lost=result.lost)


def _told(pulse: Pulse, task: Task) -> tuple[Callable[[int], None], Callable[[int], None]]:
    """Keeps the pulse informed of what a thread does, and gives others a turn between two lots."""
    work = Progress(task)

    def begin(total: int) -> None:
        work.total = total
        pulse.background = work

    def watch(done: int) -> None:
        work.done += done
        from_thread.check_cancelled()
        time.sleep(PAUSE_S)

    return begin, watch


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unusable(f"cannot listen at {host}:{port}: {reason}") from error
    with listener:
        yield listener


def _address(host: str, listener: socket.socket) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{listener.getsockname()[1]}/"
