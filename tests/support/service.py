"""The service as an operator runs it: a process of its own."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

from tests.support.cli import arguments, environment

PATIENCE_S = 120  # of a machine that has much else to do; nothing takes so long elsewhere

Found = TypeVar("Found")


class Service:
    """`aggregator serve` as a process of its own."""

    def __init__(self, folder: Path, port: int = 0, environ: dict[str, str] | None = None) -> None:
        self.log = (folder / "serve.log").open("w+")
        self.process = subprocess.Popen(
            arguments("serve", "--port", str(port)),
            cwd=folder,
            env=environment(environ),
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.url = self._until(r'"address": "(http://[^"]+)"')

    def _until(self, pattern: str) -> str:
        def said() -> re.Match[str] | None:
            ended = self.process.poll() is not None
            found = re.search(pattern, Path(self.log.name).read_text())
            assert found or not ended, Path(self.log.name).read_text()
            return found

        return self.until(said)[1]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def wait_for(self, path: str, status: int = 200) -> httpx.Response:
        """The answer, once it has this status."""

        def answered() -> httpx.Response | None:
            answer = self.get(path)
            return answer if answer.status_code == status else None

        return self.until(answered)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        self.log.close()
        return code

    def until(self, looked: Callable[[], Found | None]) -> Found:
        """What looking for something found, once it is anything but false."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := looked()):
            assert time.monotonic() < deadline, Path(self.log.name).read_text()
            time.sleep(0.05)
        return found
