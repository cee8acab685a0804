"""The service as an operator runs it: a process of its own."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.support.cli import arguments, environment


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
        for _ in range(600):
            if found := re.search(pattern, Path(self.log.name).read_text()):
                return found[1]
            assert self.process.poll() is None, Path(self.log.name).read_text()
            time.sleep(0.05)
        raise AssertionError(Path(self.log.name).read_text())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False)

    def wait_for(self, path: str, status: int = 200) -> httpx.Response:
        for _ in range(600):
            answer = self.get(path)
            if answer.status_code == status:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{path}: {answer.status_code}\n{Path(self.log.name).read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(40)  # it takes 10 s at most, on a machine that is not overloaded
        self.log.close()
        return code

    def until(self, holds: Callable[[], bool], within_s: float = 30) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, Path(self.log.name).read_text()
            time.sleep(0.05)
