"""What a poll that ends in a 304 costs: our client beside plain httpx, in the same run.

    python -m benchmarks.transport [--hosts 200] [--rounds 5] [--uvloop]

Every round asks each host once, with a validator, and each host answers 304. `new` opens a
connection for each request, as polling by the hour does; `kept` uses them again. Each client works
in a process of its own, in turns; the hosts are 127.0.0.1, 127.0.0.2 and so on, served by another
process. What counts is the ratio of processor time, since the machine is whatever it is.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

ETAG = '"5f0a1c9e"'
CONCURRENCY = 64
POLL = f"allow_private_networks: true, concurrency: {CONCURRENCY}"
_ANSWER = (
    "HTTP/1.1 304 Not Modified\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nServer: nginx\r\n"
    f"ETag: {ETAG}\r\nCache-Control: max-age=300\r\nVary: Accept-Encoding\r\n"
).encode()
_KEEP, _CLOSE = _ANSWER + b"\r\n", _ANSWER + b"Connection: close\r\n\r\n"

Ask: TypeAlias = Callable[[str], Awaitable[int]]
"""Asks for an address with a validator and returns the status."""


class _Host(asyncio.Protocol):
    """Answers 304 to everything; closes where the path says so."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport, self.seen = transport, b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if self.seen.endswith(b"\r\n\r\n"):
            closes = self.seen.startswith(b"GET /new")
            self.transport.write(_CLOSE if closes else _KEEP)
            self.seen = b""
            if closes:
                self.transport.close()


def serve(hosts: int, told: Connection) -> None:
    """The hosts, until this process is ended."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        first = await loop.create_server(_Host, "127.0.0.1", 0, backlog=512)
        port = int(first.sockets[0].getsockname()[1])
        others = [f"127.0.0.{number}" for number in range(2, hosts + 1)]
        servers = [first]
        if others:
            servers.append(await loop.create_server(_Host, others, port, backlog=512))
        told.send(port)
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(run())


# --- the clients ---------------------------------------------------------------------------------


async def _ours(work: Callable[[Ask], Awaitable[None]]) -> None:
    """`Client.fetch`, guard, deadline, turns and outcome included."""
    from aggregator.config.load import loads  # noqa: PLC0415 (each process imports its own)
    from aggregator.fetch.client import Client  # noqa: PLC0415
    from aggregator.values.feed import (  # noqa: PLC0415
        Feed,
        FeedSettings,
        FeedState,
        NotModified,
        Validators,
    )

    now = datetime.now(UTC)
    config = loads(f"poll: {{{POLL}}}\nfeeds: []\n".encode(), Path("feeds.yaml"), {})

    async def ask(url: str) -> int:
        settings = FeedSettings(url, url, None, None, None, (), ())
        outcome = await client.fetch(
            Feed(1, settings, FeedState(validators=Validators(url, ETAG))), now
        )
        return outcome.status if isinstance(outcome, NotModified) else 0

    async with Client(config.poll) as client:
        await work(ask)


async def _httpx(work: Callable[[Ask], Awaitable[None]]) -> None:
    """Plain httpx: one shared client, a deadline by hand, the same header."""
    import httpx  # noqa: PLC0415

    async def ask(url: str) -> int:
        async with asyncio.timeout(20):
            return (await client.get(url, headers={"If-None-Match": ETAG})).status_code

    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=None)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as client:
        await work(ask)


CLIENTS = {"ours": _ours, "plain httpx": _httpx}


async def _measure(client: str, port: int, path: str, hosts: int, rounds: int) -> list[float]:
    """Microseconds of processor time for a request, round by round, after one to warm up."""
    urls = [f"http://127.0.0.{number}:{port}{path}" for number in range(1, hosts + 1)]
    costs: list[float] = []

    async def work(ask: Ask) -> None:
        places = asyncio.Semaphore(CONCURRENCY)

        async def one(url: str) -> None:
            async with places:
                status = await ask(url)
            if status != 304:
                raise SystemExit(f"{url} answered {status}")

        for _ in range(rounds + 1):
            began = time.process_time()
            await asyncio.gather(*map(one, urls))
            costs.append((time.process_time() - began) / hosts * 1e6)

    await CLIENTS[client](work)
    return costs[1:]


def _child(arguments: argparse.Namespace) -> None:
    run = asyncio.run
    if arguments.uvloop:
        import uvloop  # noqa: PLC0415

        run = uvloop.run
    costs = run(
        _measure(
            arguments.client, arguments.port, arguments.path, arguments.hosts, arguments.rounds
        )
    )
    print(json.dumps(costs))


def main() -> None:
    """Print a line for each client and kind of connection."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--uvloop", action="store_true", help="as `serve` runs")
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        _child(arguments)
        return
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(arguments.hosts, theirs), daemon=True)
    server.start()
    port = str(ours.recv())
    print(f"processor time for a 304, microseconds, {arguments.hosts} hosts")
    print(f"{'connections':12} {'client':12} {'median':>7} {'least':>7} {'of httpx':>9}")
    for path in ("/new", "/kept"):
        costs: dict[str, list[float]] = {client: [] for client in CLIENTS}
        for _ in range(3):  # in turns, so that a busy moment hits both
            for client, found in costs.items():
                command = [*_again(arguments), "--client", client, "--port", port, "--path", path]
                found.extend(json.loads(subprocess.check_output(command)))
        for client, found in costs.items():
            ratio = statistics.median(found) / statistics.median(costs["plain httpx"])
            print(
                f"{path[1:]:12} {client:12} {statistics.median(found):7.0f} {min(found):7.0f}"
                f" {ratio:9.2f}"
            )
    server.terminate()


def _again(arguments: argparse.Namespace) -> list[str]:
    options = ["--hosts", str(arguments.hosts), "--rounds", str(arguments.rounds)]
    if arguments.uvloop:
        options.append("--uvloop")
    return [sys.executable, "-m", "benchmarks.transport", *options]


if __name__ == "__main__":
    main()
