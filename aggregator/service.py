"""`serve`: the web server, the process beside it that polls and publishes, and an orderly stop."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import anyio
import structlog
import uvicorn
from anyio import CancelScope, create_task_group, to_thread

from aggregator.companion import accompanied, command
from aggregator.errors import AggregatorError, Unusable
from aggregator.instance import Instance
from aggregator.pulse import ConfigTaken, PollEnded, Pulse, RoundEnded, Told
from aggregator.upkeep import WATCH_S, edited, taken_up, until_signalled
from aggregator.web.app import create_app
from aggregator.web.metrics import Metrics
from aggregator.web.quick import protocol

log = structlog.get_logger()

LOOK_S = 5  # how often it is looked whether the database answers, where others work
GRACE_S = 3  # for requests under way at a stop
SWITCH_S = 0.0001  # how long a thread that computes may keep the web server from its next request
IDLE_S = 10  # a connection that asks nothing for so long is closed
BACKGROUND = "background"  # the verb of the process beside us


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service has one order to stop in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield


async def serve(instance: Instance, host: str, port: int, *, web_only: bool = False) -> None:
    """Serve what is published, beside a process that polls and publishes, until SIGTERM or SIGINT.

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
        working = CancelScope()

        def stop() -> None:
            """No new request, no new poll; what is being written is written to its end."""
            working.cancel()
            server.should_exit = True

        async with create_task_group() as group:
            await group.start(until_signalled, stop)
            if web_only:
                group.start_soon(_follow, instance, pulse, working)
            else:
                group.start_soon(_have_polled, instance, pulse, metrics, working)
            log.info("serving", address=_address(host, listener), config=str(instance.path))
            await server.serve(sockets=[listener])
            group.cancel_scope.cancel()
    log.info("stopped")


async def _have_polled(
    instance: Instance, pulse: Pulse, metrics: Metrics, working: CancelScope
) -> None:
    """Have a process poll and publish, and take up what it says.

    It reads an edited feeds.yaml first, so that there is one opinion of it; then we do, too.
    """
    news = anyio.Event()

    def hear(told: Told) -> None:
        match told:
            case Pulse():
                pulse.follow(told)
            case PollEnded():
                metrics.poll_ended(told)
            case RoundEnded():
                pulse.ticks += 1
                metrics.round_ended(told)
            case ConfigTaken():
                news.set()

    def missed(why: str) -> None:
        pulse.absence = why

    async def reload() -> None:
        nonlocal news
        while True:
            await news.wait()
            news = anyio.Event()
            if instance.has_changed() and not await taken_up(instance, pulse):
                await anyio.sleep(WATCH_S)
                news.set()

    program = command("--config", str(instance.path), BACKGROUND)
    with working:
        async with create_task_group() as group:
            group.start_soon(reload)
            group.start_soon(partial(accompanied, program, hear, missed))


async def _follow(instance: Instance, pulse: Pulse, working: CancelScope) -> None:
    """Take an edited feeds.yaml up, and see whether the database answers."""

    async def look() -> None:
        while True:
            try:
                await to_thread.run_sync(instance.look_who_left)
            except AggregatorError as error:
                pulse.error = str(error)
            else:
                pulse.error = None
            pulse.ticks += 1
            await anyio.sleep(LOOK_S)

    with working:
        async with create_task_group() as group:
            group.start_soon(look)
            while True:
                await edited(instance, pulse)


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
