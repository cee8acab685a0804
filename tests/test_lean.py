"""Libraries load without what only their own command lines need."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from aggregator.lean import share_one_heap, without


def test_a_module_is_not_found_within_and_found_again_after() -> None:
    with without("antigravity"), pytest.raises(ModuleNotFoundError):
        import antigravity  # noqa: F401, PLC0415
    assert "antigravity" not in sys.modules


def test_a_module_that_is_loaded_stays() -> None:
    with without("json"):
        import json as again  # noqa: PLC0415
    assert again is json


def test_what_a_poll_loads_draws_nothing() -> None:
    program = (
        "import sys; import aggregator.output.logs, aggregator.instance, aggregator.jobs\n"
        "from aggregator.lean import without\n"
        "with without('click', 'rich'): import aggregator.fetch.client\n"
        "print(*{'rich', 'click', 'pygments', 'lxml', 'feedparser', 'jinja2'} & sys.modules.keys())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == ""


def test_a_poll_that_brings_nothing_loads_no_rules_for_entries() -> None:
    program = (
        "import sys; import aggregator.instance, aggregator.jobs\n"
        "print(*{'aggregator.intake', 'aggregator.tag.matcher'} & sys.modules.keys())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == ""


def test_threads_share_a_heap_wherever_we_run() -> None:
    share_one_heap()
    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(len, [bytes(200_000)] * 8)) == 1_600_000
