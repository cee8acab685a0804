"""A real nginx with the very configuration of `deploy/`, only with other addresses in it."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.service import PATIENCE_S

CONFIG = Path(__file__).parents[2] / "deploy/nginx.conf"
MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/t1;
  proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4;
  scgi_temp_path {folder}/t5;
  include {folder}/default.conf;
}}
"""


def configured(port: int, fronts: Sequence[int], public: Path) -> str:
    """The configuration of `deploy/`, for these ports of loopback and this folder."""
    text = CONFIG.read_text()
    changes = {"listen 80;": f"listen 127.0.0.1:{port};", "/data/public": str(public)}
    for number, front in enumerate(fronts, 1):
        changes[f"server front-{number}:8000"] = f"server 127.0.0.1:{front}"
    for there, here in changes.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


class Nginx:
    """A running nginx."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        """Start it with the configuration that lies in the folder."""
        self.url = f"http://127.0.0.1:{port}"
        self._command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self._process = subprocess.Popen(self._command)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask as a reader does, without following anything."""
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def reload(self) -> None:
        """Have it read its configuration again; what serves by the old one goes on for a moment."""
        subprocess.run([*self._command, "-s", "reload"], check=True)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def nginx(folder: Path, port: int, fronts: Sequence[int], public: Path) -> Iterator[Nginx]:
    """Nginx in front of web fronts; skips the test where there is none."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("no nginx on the PATH; `apt-get install nginx` brings one")
    folder.mkdir()
    (folder / "default.conf").write_text(configured(port, fronts, public))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    running = Nginx(program, folder, port)
    try:
        yield running
    finally:
        running.stop()
