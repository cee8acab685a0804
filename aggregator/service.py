"""`serve`: the scheduler and the web server in one event loop, and an orderly stop."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import structlog
import uvicorn
from anyio import CancelScope, create_task_group, from_thread, to_thread
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import pipeline
from aggregator.errors import AggregatorError, ConfigError, Unusable
from aggregator.instance import Instance, network
from aggregator.jobs import Embedded
from aggregator.lock import alone_async
from aggregator.web.app import Pulse, create_app
from aggregator.web.limits import BoundedProtocol

log = structlog.get_logger()

TICK_S = 5  # how often it is looked whether a feed is due
WATCH_S = 1  # how often it is looked whether feeds.yaml changed
GRACE_S = 3  # for requests under way at a stop
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

    def ring_if(self, needed: Callable[[], bool]) -> None:
        """Wake if there is a reason to."""
        if needed():
            self.ring()

    async def wait(self) -> None:
        """Sleep until it rings."""
        await self._rung.wait()
        self._rung = anyio.Event()


async def serve(instance: Instance, host: str, port: int) -> None:
    """Poll in the background and serve what is published, until SIGTERM or SIGINT.

    Raises:
        Unusable: the address cannot be listened at.
    """
    pulse = Pulse()
    with _listening(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                create_app(instance, pulse),
                http=BoundedProtocol,
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
            group.start_soon(_until_signalled, server, working)
            group.start_soon(_work, instance, pulse, working)
            log.info("serving", address=_address(host, listener), config=str(instance.path))
            await server.serve(sockets=[listener])
            group.cancel_scope.cancel()
    log.info("stopped")


async def _until_signalled(server: uvicorn.Server, working: CancelScope) -> None:
    """At a signal: no new request, no new poll; what is being written is written to its end."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            log.info("stopping", signal=signal.Signals(number).name)
            working.cancel()
            server.should_exit = True


async def _work(instance: Instance, pulse: Pulse, working: CancelScope) -> None:
    """Tick until told to stop, with a new client whenever feeds.yaml changed."""
    alarm = Alarm()
    scheduler = AsyncIOScheduler(timezone="UTC")
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(alarm.ring, "interval", seconds=TICK_S, id="tick", **options)
    scheduler.add_job(alarm.ring_if, "interval", [instance.has_changed], seconds=WATCH_S, **options)
    scheduler.start()
    with working:
        while True:
            tools = instance.tools
            async with network(tools.config) as net:
                work = Embedded(tools, net, instance.lock)
                while instance.tools is tools:
                    await _tick(instance, work, pulse)
                    await alarm.wait()
                    await _reload(instance, pulse)
    scheduler.shutdown(wait=False)


async def _reload(instance: Instance, pulse: Pulse) -> None:
    """Take an edited feeds.yaml up; a wrong one is told, and the last good one stays."""
    if not instance.has_changed():
        return
    try:
        await to_thread.run_sync(instance.reload)
    except ConfigError as error:
        pulse.config_errors = tuple(str(problem) for problem in error.problems)
        log.error("config_refused", problems=pulse.config_errors)  # noqa: TRY400 (told whole)
    else:
        pulse.config_errors = ()
        log.info("config_reloaded", feeds=len(instance.tools.feeds))


async def _tick(instance: Instance, work: Embedded, pulse: Pulse) -> None:
    """One tick; whatever goes wrong is told, and the next one tries again."""
    try:
        if instance.people_changed:
            async with alone_async(instance.lock):
                await to_thread.run_sync(_retag, instance)
        done = await work.tick()
    except AggregatorError as error:
        pulse.error = str(error)
        log.error("tick_failed", error=pulse.error)  # noqa: TRY400 (one line says it all)
    except Exception as error:
        pulse.error = f"{type(error).__name__}: see the log"
        log.exception("tick_broke")
    else:
        pulse.error = None
        if done.feeds or done.published:
            log.info("tick", **done.as_dict())
    pulse.ticks += 1


def _retag(instance: Instance) -> None:
    result = pipeline.retag(instance.tools, watch=lambda _: from_thread.check_cancelled())
    instance.people_changed = False
    log.info("retagged", items=result.items, gained=result.gained, lost=result.lost)


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
