"""What goes on behind the web server: polling, publishing, keeping what is stored in line.

`background` is the program of a process that `serve` starts, so that no reader waits for it; `work`
takes jobs of a PostgreSQL deployment on whatever machine.
"""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import anyio
import structlog
from anyio import CancelScope, create_task_group, from_thread, to_thread
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from aggregator import adopt, herald, messenger, push
from aggregator.adopt import Behind
from aggregator.courtesy import give_way
from aggregator.errors import AggregatorError, Outdated
from aggregator.instance import Instance, network
from aggregator.jobs import Dispatcher, Embedded, Workplace
from aggregator.pipeline import Network, Polled, Tools
from aggregator.pulse import (
    ConfigTaken,
    PollEnded,
    Progress,
    Pulse,
    RoundEnded,
    Task,
    Told,
    line,
)
from aggregator.retag import retag
from aggregator.upkeep import be_gone_soon, edited, until_signalled

log = structlog.get_logger()

TICK_S = 5  # how often it is looked whether a feed is due
TELL_S = 0.2  # how often it is told how we are, if that changed
PAUSE_S = 0.02  # between two lots of work in the background: whoever waits to write gets in
RETRY_S = 30  # after work in the background broke off
OWN_JOBS = 16  # of a queue, at once, in the service itself
CATCHING_UP = 1  # what only one process at a time does, of all that share a database
STDIN, STDOUT, STDERR = 0, 1, 2


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


class Teller:
    """Tells the process that started us what happens."""

    def __init__(self, mouth: int) -> None:
        """Speak into this pipe."""
        self._mouth = mouth
        os.set_blocking(mouth, True)

    def tell(self, told: Told) -> None:
        """Tell; nobody may be listening any more."""
        rest = line(told)
        with suppress(BrokenPipeError):
            while rest:
                rest = rest[os.write(self._mouth, rest) :]

    async def tell_how(self, pulse: Pulse) -> None:
        """Tell how we are, whenever that changed, until cancelled."""
        said: Pulse | None = None
        while True:
            if pulse != said:
                said = pulse.copy()
                self.tell(said)
            await anyio.sleep(TELL_S)


# --- beside the web server -----------------------------------------------------------------------


async def background(instance: Instance) -> None:
    """Poll and publish until SIGTERM, SIGINT, or the end of standard input.

    What happens is told on standard output; see `pulse`. Everything else that is printed goes to
    standard error.
    """
    give_way()
    teller = Teller(os.dup(STDOUT))
    os.dup2(STDERR, STDOUT)
    pulse, working = Pulse(), CancelScope()
    async with create_task_group() as group:
        await group.start(until_signalled, working.cancel)
        group.start_soon(_until_left, working)
        group.start_soon(teller.tell_how, pulse)
        with working:
            await _work(instance, pulse, teller)
        group.cancel_scope.cancel()


async def _until_left(working: CancelScope) -> None:
    """Stop when the process that started us is there no more, however it ended."""
    os.set_blocking(STDIN, False)
    while True:
        await anyio.wait_readable(STDIN)
        with suppress(BlockingIOError):
            if not os.read(STDIN, 1024):
                be_gone_soon()
                working.cancel()
                return


async def _work(instance: Instance, pulse: Pulse, teller: Teller) -> None:
    """Work until told to stop, with new tools whenever feeds.yaml changed.

    What is under way then goes on beside that, with the tools it began with, to its end.
    """
    workplace = Workplace(instance.lock)
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.start()
    try:
        async with create_task_group() as shifts:
            while True:
                teller.tell(ConfigTaken())  # at the start, too: it may have been edited since
                alarm = Alarm()
                shifts.start_soon(_shift, instance, pulse, teller, workplace, alarm, scheduler)
                async with create_task_group() as beside:
                    beside.start_soon(_catch_up, instance, pulse, alarm)
                    await edited(instance, pulse)
                    beside.cancel_scope.cancel()
    finally:
        scheduler.shutdown(wait=False)


async def _shift(
    instance: Instance,
    pulse: Pulse,
    teller: Teller,
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
        async with _dispatching(tools, net, workplace, _counting(teller)) as work:
            while instance.tools is tools:
                await _tick(work, pulse, teller)
                await alarm.wait()
        beside.cancel_scope.cancel()
    tick.remove()


@asynccontextmanager
async def _dispatching(
    tools: Tools, net: Network, workplace: Workplace, watch: Callable[[Polled], None]
) -> AsyncIterator[Dispatcher]:
    """Who sees to what is due: this process alone, or every worker of the queue, we among them."""
    if tools.store.on_sqlite:
        yield Embedded(tools, net, workplace)
        return
    from aggregator import queued  # noqa: PLC0415 (not there without PostgreSQL)

    jobs = min(tools.config.poll.concurrency, OWN_JOBS)
    async with queued.at_work(tools, net, jobs, watch) as scheduler:
        yield scheduler


async def _tick(work: Dispatcher, pulse: Pulse, teller: Teller) -> None:
    """One tick; whatever goes wrong is told, and the next one tries again."""
    first_news: list[float] = []
    count = _counting(teller)

    def watch(poll: Polled) -> None:
        count(poll)
        if poll.recorded.items:
            first_news.append(time.monotonic())

    ended = RoundEnded(failed=True)
    try:
        done = await work.tick(watch=watch)
    except AggregatorError as error:
        if pulse.error != str(error):  # said once, not at every tick
            log.error("tick_failed", error=str(error))  # noqa: TRY400 (one line says it all)
        pulse.error = str(error)
    except Exception as error:
        pulse.error = f"{type(error).__name__}: see the log"
        log.exception("tick_broke")
    else:
        if pulse.error is not None:
            log.info("tick_works_again")
        pulse.error = None
        lag_s = time.monotonic() - first_news[0] if first_news else None
        ended = RoundEnded(files=done.published, lag_s=lag_s)
        if done.feeds or done.published:
            log.info("tick", **done.as_dict())
    teller.tell(pulse.copy())
    teller.tell(ended)


def _counting(teller: Teller) -> Callable[[Polled], None]:
    def count(poll: Polled) -> None:
        recorded = poll.recorded
        outcome = type(poll.outcome).__name__.lower()
        teller.tell(
            PollEnded(outcome, poll.seconds, recorded.new, recorded.updated, recorded.duplicates)
        )

    return count


# --- bringing what is stored in line with feeds.yaml ---------------------------------------------


async def _catch_up(instance: Instance, pulse: Pulse, alarm: Alarm) -> None:
    """Bring what is stored in line with feeds.yaml, beside everything else."""
    tools = instance.tools
    there_is = instance.behind != Behind()
    while there_is:
        try:
            if not await to_thread.run_sync(_brought_in_line, tools, pulse):
                await anyio.sleep(TICK_S)  # another process does it, and may die over it
                continue
        except Outdated:
            await anyio.sleep(TICK_S)  # it is being taken up, and then this is not ours to do
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


def _brought_in_line(tools: Tools, pulse: Pulse) -> bool:
    """Do what takes long of a changed feeds.yaml; False when another process is at it."""
    with tools.store.alone(CATCHING_UP) as mine:
        if mine:
            behind = adopt.left(tools)
            if behind.channels:
                _assign(tools, pulse)
            if behind.tags:
                _retag(tools, pulse)
    return mine


def _assign(tools: Tools, pulse: Pulse) -> None:
    adopt.assign_again(tools, *_progress(pulse, "assign"))
    log.info("views_assigned")


def _retag(tools: Tools, pulse: Pulse) -> None:
    begin, watch = _progress(pulse, "retag")
    result = retag(tools, resume=True, begin=begin, watch=watch)
    log.info("retagged", items=result.items, gained=result.gained, lost=result.lost)


def _progress(pulse: Pulse, task: Task) -> tuple[Callable[[int], None], Callable[[int], None]]:
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


# --- a worker of a PostgreSQL deployment ---------------------------------------------------------


async def work(instance: Instance, concurrency: int) -> None:
    """Take jobs of a PostgreSQL deployment until SIGTERM or SIGINT, or a newer release takes over.

    Args:
        concurrency: jobs at once.
    """
    from aggregator import queued  # noqa: PLC0415 (not there without PostgreSQL)

    pulse = Pulse()
    working = CancelScope()
    async with create_task_group() as group:
        await group.start(until_signalled, working.cancel)
        log.info("working", concurrency=concurrency, config=str(instance.path))
        with working:
            while not pulse.outdated:
                tools = instance.tools
                async with (
                    network(tools.config) as net,
                    queued.at_work(tools, net, concurrency),
                    create_task_group() as beside,
                ):
                    beside.start_soon(_make_way, tools, pulse, beside.cancel_scope)
                    await edited(instance, pulse)
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
