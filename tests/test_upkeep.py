"""A process that is told to stop is soon gone, whatever it is doing."""

import signal
import subprocess
import sys

import pytest

BUSY = """
import time
from anyio import create_task_group, run, to_thread
from aggregator import upkeep

upkeep.LAST_S = 0.3

async def main():
    async with create_task_group() as group:
        await group.start(upkeep.until_signalled, group.cancel_scope.cancel)
        await to_thread.run_sync(at_work)

def at_work():
    print("at work", flush=True)
    {work}

run(main)
"""

TOLD_AT_ONCE = """
import os, signal
from anyio import create_task_group, run, sleep_forever
from aggregator import upkeep

async def main():
    async with create_task_group() as group:
        await group.start(upkeep.until_signalled, group.cancel_scope.cancel)
        os.kill(os.getpid(), signal.SIGTERM)
        await sleep_forever()

run(main)
"""


def test_a_process_that_is_told_to_stop_as_soon_as_it_listens_ends_in_order() -> None:
    assert subprocess.run([sys.executable, "-c", TOLD_AT_ONCE], check=False).returncode == 0


@pytest.mark.parametrize("work", ["time.sleep(600)", "while True: pass"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_whose_threads_hear_nothing_is_gone_soon_after_a_signal(
    work: str, how: signal.Signals
) -> None:
    program = [sys.executable, "-c", BUSY.format(work=work)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        process.send_signal(how)

        told, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert b"stop_cut_off" in told


def test_a_process_that_stops_in_order_does_not_wait_to_be_cut_off() -> None:
    program = [sys.executable, "-c", BUSY.format(work="").replace("0.3", "600")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        process.send_signal(signal.SIGTERM)

        told, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert b"stop_cut_off" not in told
