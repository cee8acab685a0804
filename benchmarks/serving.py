"""Published files over HTTP: our server beside nginx, the same file in the same run.

    python -m benchmarks.serving [--seconds 2] [--rounds 3] [--connections 64]

Both run as one process on loopback with wrk asking. What counts is the ratio, since the machine is
whatever it is. Needs `wrk` and `nginx` on the PATH.
"""

import argparse
import asyncio
import contextlib
import gzip
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

OURS = [sys.executable, "-m", "benchmarks.serving"]
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  types {{ application/atom+xml xml; }}
  access_log off; gzip_static on; sendfile on; tcp_nopush on;
  open_file_cache max=100 inactive=60s;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port}; root {folder}/public;
    add_header Cache-Control "public, max-age=300"; add_header Vary Accept-Encoding;
  }}
}}
"""


def serve(root: Path, port: int) -> None:
    """Our server alone, in this process, as `aggregator serve` sets it up."""
    import uvicorn  # noqa: PLC0415 the measuring process has no need of it

    from aggregator.web.files import PublishedFiles  # noqa: PLC0415
    from aggregator.web.origin import FolderOrigin  # noqa: PLC0415
    from aggregator.web.quick import protocol  # noqa: PLC0415

    files = PublishedFiles(FolderOrigin(root), max_age=lambda _path: timedelta(minutes=5))
    config = uvicorn.Config(
        files,
        port=port,
        http=protocol(),
        ws="none",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve())


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server as long as it is needed."""
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def measured(url: str, headers: list[str], arguments: argparse.Namespace) -> tuple[float, str]:
    """Requests per second, and the 99th percentile as wrk says it."""
    command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}", "--latency"]
    for header in headers:
        command += ["-H", header]
    said = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx or 3xx" in said:
        sys.exit(f"{url} answered with errors:\n{said}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slowest = re.search(r"^\s+99%\s+(\S+)", said, re.MULTILINE)
    if rate is None or slowest is None:
        sys.exit(f"wrk said something else:\n{said}")
    return float(rate[1]), slowest[1]


def etag(url: str, headers: list[str]) -> str:
    """The validator a reader would come back with."""
    request = urllib.request.Request(url, headers=dict(h.split(": ") for h in headers))  # noqa: S310 our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        value: str = answer.headers["ETag"]
        return value


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="in turns; the best of each counts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--serve", nargs=2, metavar=("ROOT", "PORT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(Path(arguments.serve[0]), int(arguments.serve[1]))
        return
    if not shutil.which("wrk") or not shutil.which("nginx"):
        sys.exit("wrk and nginx are needed: apt-get install wrk nginx-light")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "public").mkdir()
        entries = (f"<entry><title>News {n}</title></entry>" for n in range(2500))
        feed = f"<feed xmlns='http://www.w3.org/2005/Atom'>{''.join(entries)}</feed>".encode()
        (folder / "public/atom.xml").write_bytes(feed)
        (folder / "public/atom.xml.gz").write_bytes(gzip.compress(feed, 6, mtime=0))
        ports = {"nginx": free_port(), "ours": free_port()}
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=ports["nginx"]))
        commands = {
            "nginx": ["nginx", "-c", f"{folder}/nginx.conf"],
            "ours": [*OURS, "--serve", f"{folder}/public", str(ports["ours"])],
        }
        print(f"feed of {len(feed):,} bytes, {arguments.connections} connections")
        print(f"{'':14}{'nginx req/s':>14}{'p99':>10}{'ours req/s':>14}{'p99':>10}{'ratio':>8}")
        for title, packed, conditional in (
            ("200", False, False),
            ("200 gzip", True, False),
            ("304", False, True),
            ("304 gzip", True, True),
        ):
            tries: dict[str, list[tuple[float, str]]] = {server: [] for server in commands}
            for _ in range(arguments.rounds):
                for server, command in commands.items():
                    url = f"http://127.0.0.1:{ports[server]}/atom.xml"
                    with running(command, ports[server]):
                        headers = ["Accept-Encoding: gzip"] if packed else []
                        if conditional:
                            headers.append(f"If-None-Match: {etag(url, headers)}")
                        tries[server].append(measured(url, headers, arguments))
            rates = {server: max(results) for server, results in tries.items()}
            (theirs, theirs_p99), (ours, ours_p99) = rates["nginx"], rates["ours"]
            print(
                f"{title:14}{theirs:14,.0f}{theirs_p99:>10}{ours:14,.0f}{ours_p99:>10}"
                f"{ours / theirs:8.2f}"
            )


if __name__ == "__main__":
    main()
