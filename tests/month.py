"""A month of `serve` itself, its clock run ahead by libfaketime, as its publishers see it.

    python -m tests.month [DAYS] [RATE]     31 days at 2,000 times the speed take 22 minutes

`test_polite.py` tells the same month within seconds, its clock moved by hand. Here nothing is ours
but the publishers: processes, timers and sockets are those of an operator. What measures spans
(timeouts) goes on as ever, so the service looks about every three hours of the month what is due;
only what must not be too soon is judged. Each process begins the month when it starts, so times of
the day mean nothing here. Prints what was broken; exit 1 if anything was.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.support.faketime import library
from tests.support.publisher import DAY, HOUR, START, Clock, Publisher
from tests.support.service import Service
from tests.test_polite import CONFIGURED, RULES, VALIDATED, Month

FLOORS = {
    "/max-age": 4 * HOUR, "/aged": 5 * HOUR, "/expires": 4 * HOUR, "/year": DAY, "/ttl": 5 * HOUR,
    "/period": 8 * HOUR, "/busy-fresh": 1.5 * HOUR, "/busy": HOUR / 4, "/shared": HOUR / 4,
    "/fixed": 0.75 * HOUR,
}  # fmt: skip
ASKED = {"/429": 8 * HOUR, "/429-date": 5 * HOUR, "/503": 8 * HOUR, "/403": 8 * HOUR, "/week": DAY}


class Hastened(Clock):
    """The time of a process started now, so many times as fast."""

    def __init__(self, rate: float) -> None:
        self._began, self._rate = time.monotonic(), rate

    @property
    def now(self) -> datetime:  # type: ignore[override]
        """The time it has there."""
        return START + timedelta(seconds=(time.monotonic() - self._began) * self._rate)


def lived(days: float, rate: float) -> Month:
    """What the publishers wrote down."""
    environ = {
        "LD_PRELOAD": library(),
        "FAKETIME": f"@{START:%Y-%m-%d %H:%M:%S} x{rate:g}",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        Publisher(RULES, Clock()) as publisher,
    ):
        feeds = "".join(
            f"  - url: {publisher.server.url(path)!r}\n"
            + ("    interval: 45m\n" if path == "/fixed" else "")
            for path in CONFIGURED
        )
        (Path(folder) / "feeds.yaml").write_text(
            "site: {title: Watch, url: 'http://watch.example/', contact: 'mailto:desk@example.org'}\n"
            f"poll: {{allow_private_networks: true}}\nfeeds:\n{feeds}"
        )
        publisher.clock = Hastened(rate)
        service = Service(Path(folder), environ=environ)
        try:
            time.sleep(days * DAY.total_seconds() / rate)
        finally:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(30)
            service.log.close()
        return Month(publisher, {})


def broken(month: Month, slack: timedelta) -> list[str]:
    """What should not have been, in words; `slack` is what a moment of ours is there."""
    return [*_too_soon(month, slack), *_tried_again(month, slack), *_asked_for_nothing(month)]


def _too_soon(month: Month, slack: timedelta) -> Iterator[str]:
    for path, visits in month.visits.items():
        full = [visit.at for visit in visits if not visit.is_conditional]
        if path in VALIDATED and any(b - a < DAY - slack for a, b in pairwise(full)):
            yield f"{path}: asked for in full twice in a day"
        floor = FLOORS.get(path, HOUR)
        soonest = min(month.waits(path), default=DAY)
        if path != "/hangs-up" and soonest < floor - slack:
            yield f"{path}: visited after {soonest}, not before {floor}"
    if month.busiest > 2:
        yield f"a host was visited by {month.busiest} at once"


def _tried_again(month: Month, slack: timedelta) -> Iterator[str]:
    for path, asked in ASKED.items():
        for before, after in pairwise(month.visits[path]):
            if before.answer.status in {403, 429, 503} and after.at - before.at < asked - slack:
                yield f"{path}: Retry-After of {asked} kept for {after.at - before.at}"
    for path in ("/full", "/missing"):
        for hours, wait in zip((1, 2, 4, 8, 16, 20), month.waits(path), strict=False):
            if wait < hours * HOUR - slack:
                yield f"{path}: tried again after {wait}, not {hours} h"


def _asked_for_nothing(month: Month) -> Iterator[str]:
    for path, visits in month.visits.items():
        if any(visit.asked.method != "GET" for visit in visits):
            yield f"{path}: something else than GET"
    for path in ("/moved", "/moved-308"):
        if len(month.visits[path]) > 3:
            yield f"{path}: asked {len(month.visits[path])} times though it had moved"
    if len(month.during("/gone", 5 * DAY, 31 * DAY)) > 1:
        yield "/gone: asked again after a 410"


if __name__ == "__main__":
    wanted = [float(argument) for argument in sys.argv[1:]]
    days, rate = wanted[0] if wanted else 31.0, wanted[1] if wanted[1:] else 2_000.0
    month = lived(days, rate)
    faults = broken(month, timedelta(seconds=rate / 2))
    visits = sum(map(len, month.visits.values()))
    told = f"{days:g} days: {visits} visits to {len(month.visits)} places, {len(faults)} faults"
    sys.stdout.write("\n".join([told, *faults, ""]))
    sys.exit(bool(faults))
