"""Readers that ask while a whole cycle runs: how long the slowest of a hundred waits.

    python -m benchmarks.crowd [--feeds 1000] [--connections 64] [--seconds 10] [--subscribers 60]

Runs `aggregator serve` on a new instance, measures it with wrk while it has nothing else to do, then
adds the feeds to feeds.yaml and measures it again while it polls all of them for the first time,
tags and publishes. What counts is the ratio of the two, since the machine is whatever it is. At last
subscribers read feeds at an even pace, still during that cycle: every document is read to its end.
Needs `wrk` and `nginx` on the PATH.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from benchmarks import made
from benchmarks.cycle import PEOPLE, serving
from benchmarks.serving import etag, free_port, measured

CONFIG = """\
poll: {{allow_hosts: ["{host}"]}}
feeds:{feeds}
people:{people}
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--subscribers", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aggregator-crowd-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx, started by root, reads as somebody else
        names = made.people(PEOPLE)
        feeds = made.Feeds(given.feeds, newest=made.now(), names=names)
        feeds.write(folder / "public", 0)
        with serving(folder) as base:
            urls = [f"{base}/{feeds.path(feed)}" for feed in range(given.feeds)]
            _measure(folder / "instance", urls, names, given)


def _measure(instance: Path, urls: list[str], names: list[str], given: argparse.Namespace) -> None:
    instance.mkdir()
    _configure(instance, urls[:50], names)
    with _service(instance) as base:
        _await(lambda: _ticks(base) > 0)
        url = f"{base}/all/atom.xml"
        packed = ["Accept-Encoding: gzip"]
        known = [*packed, f"If-None-Match: {etag(url, packed)}"]
        idle = [measured(url, headers, given) for headers in (packed, known)]
        polls = _polls(base)
        _configure(instance, urls, names)
        _await(lambda: _polls(base) > polls)
        before = _ticks(base)
        busy = [measured(url, headers, given) for headers in (packed, known)]
        followed = asyncio.run(_followed(base, given.subscribers, given.seconds))
        if _ticks(base) != before:
            print("the cycle ended before the measurement: take more feeds", file=sys.stderr)
        print(f"{given.feeds} feeds, {given.connections} connections")
    print(f"{'':10}{'idle req/s':>12}{'p99':>10}{'busy req/s':>12}{'p99':>10}{'p99 ratio':>11}")
    for title, quiet, loud in zip(("200 gzip", "304 gzip"), idle, busy, strict=True):
        ratio = _ms(loud[1]) / _ms(quiet[1])
        print(
            f"{title:10}{quiet[0]:12,.0f}{quiet[1]:>10}{loud[0]:12,.0f}{loud[1]:>10}{ratio:11.1f}"
        )
    print(followed)


async def _followed(base: str, subscribers: int, seconds: int) -> str:
    """Let subscribers read feeds, each one after another with a pause; what came of it."""
    with urllib.request.urlopen(f"{base}/tags.opml") as answer:  # noqa: S310, ASYNC210 our own, before the others
        paths = [
            urlsplit(url).path for url in re.findall(r'xmlUrl="([^"]+)"', answer.read().decode())
        ]
    waits_s: list[float] = []
    bodies: dict[bytes, bytes] = {}
    errors: list[str] = []
    host, port = urlsplit(base).hostname, urlsplit(base).port
    ends = time.monotonic() + seconds

    async def subscriber(number: int) -> None:
        chance = random.Random(number)
        reading, writing = await asyncio.open_connection(host, port)
        while time.monotonic() < ends:
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            path = chance.choice(paths)
            asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n"
            began = time.monotonic()
            writing.write(asked.encode())
            head = await reading.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await reading.readexactly(int(length[1]) if length else 0)
            waits_s.append(time.monotonic() - began)
            if head.startswith(b"HTTP/1.1 200"):
                bodies[body] = head
            elif not head.startswith(b"HTTP/1.1 404"):  # not published yet
                errors.append(head.decode().splitlines()[0])
        writing.close()

    await asyncio.gather(*map(subscriber, range(subscribers)))
    torn = sum(not _is_whole(body, head) for body, head in bodies.items())
    waits_s.sort()
    half, most = (waits_s[int(len(waits_s) * part)] * 1000 for part in (0.5, 0.99))
    return (
        f"{subscribers} subscribers, {len(waits_s)} requests, {len(bodies)} documents: "
        f"{len(errors)} errors, {torn} torn, p50 {half:.1f} ms, p99 {most:.1f} ms, "
        f"longest {waits_s[-1] * 1000:.1f} ms"
    )


def _is_whole(body: bytes, head: bytes) -> bool:
    """Whether a feed can be read to its end."""
    try:
        etree.fromstring(gzip.decompress(body) if b"content-encoding: gzip" in head else body)
    except (etree.XMLSyntaxError, OSError, EOFError):
        return False
    return True


def _configure(instance: Path, urls: list[str], names: list[str]) -> None:
    text = CONFIG.format(
        host=urlsplit(urls[0]).netloc,
        feeds="".join(f"\n  - {url}" for url in urls),
        people="".join(f"\n  - name: {name}" for name in names),
    )
    replacing = instance / ".feeds.yaml"
    replacing.write_text(text, encoding="utf-8")
    replacing.replace(instance / "feeds.yaml")


@contextlib.contextmanager
def _service(instance: Path) -> Iterator[str]:
    """`aggregator serve` as long as it is needed; its address, without a slash at the end."""
    port = free_port()
    command = [sys.executable, "-m", "aggregator", "serve", "--port", str(port)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with (instance / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=instance, env=env, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _ticks(base: str) -> int:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=60) as answer:  # noqa: S310 our own
            ticks: int = json.load(answer)["ticks"]
            return ticks
    except OSError:
        return 0


def _polls(base: str) -> int:
    """Polls that brought something, since the start."""
    with urllib.request.urlopen(f"{base}/metrics", timeout=60) as answer:  # noqa: S310 our own
        found = re.search(rb'aggregator_polls_total{outcome="fetched"} (\d+)', answer.read())
    return int(found[1]) if found else 0


def _await(happened: Callable[[], bool]) -> None:
    for _ in range(6000):
        if happened():
            return
        time.sleep(0.1)
    sys.exit("the service does not come to an end with it")


def _ms(said: str) -> float:
    """Milliseconds of a time as wrk says it."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", said).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


if __name__ == "__main__":
    main()
