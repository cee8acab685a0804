"""A whole cycle, cold, warm and with one new item in each feed, beside other programs.

    python -m benchmarks.cycle [--feeds 100 300] [--programs aggregator reader newsboat sfeed]
                               [--ticks 1] [--svg docs/images/cycle.svg]

Makes feeds as the web has them, serves them by nginx on loopback, and lets each program poll all of
them: once when it knows nothing (cold), once when nothing is new (warm), and after each feed got one
new item (tick). Everything of ours is on: the guard, parsing in processes of its own, 264 people,
publishing. What counts is the ratio, since the machine is whatever it is. Needs `nginx` on the PATH;
programs that are absent are left out, and said to be.
"""

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks import bars, made, peers, tree

PEOPLE = 264
LIMIT_S = 3600
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  types {{ application/xml xml; }}
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/public; }}
}}
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--programs", nargs="+", default=list(peers.PEERS), choices=peers.PEERS)
    parser.add_argument("--ticks", type=int, default=1, help="rounds with one new item each")
    parser.add_argument("--svg", type=Path, help="where to draw the last table")
    parser.add_argument("--keep", type=Path, help="work here, and leave everything there")
    given = parser.parse_args()
    rows: list[bars.Row] = []
    for count in given.feeds:
        with workplace(given.keep) as folder:
            rows = list(_measured(folder, count, given.programs, given.ticks))
            _print(count, rows)
    if given.svg and rows:
        given.svg.write_text(bars.drawn(rows, f"{given.feeds[-1]} feeds of 30 items"))


def _measured(folder: Path, count: int, programs: list[str], ticks: int) -> Iterator[bars.Row]:
    names = made.people(PEOPLE)
    feeds = made.Feeds(count, newest=made.now(), names=names)
    public = folder / "public"
    size = feeds.write(public, 0)
    print(f"{count} feeds, {size / count / 1000:.0f} kB on average", file=sys.stderr)
    with serving(folder) as base:
        urls = [f"{base}/{feeds.path(feed)}" for feed in range(count)]
        found = []
        for name in programs:
            try:
                found.append(peers.PEERS[name](folder / name, urls, names))
            except peers.Absent as reason:
                print(f"{name} is left out: {reason}", file=sys.stderr)
        for kind in ("cold", "warm", *("tick",) * ticks):
            if kind == "tick":
                # A file's time is its validator, in whole seconds.
                time.sleep(1.1)
                ticks -= 1
                feeds.write(public, _turn(public) + 1)
            for program in found:
                cost = tree.run(program.command, env=program.env, limit=LIMIT_S)
                yield bars.Row(program.name, kind, cost, _size(program.database))
                told = f"{cost.cpu:.2f} s of CPU {cost.output.strip()[-300:]}"
                print(program.name, kind, told, file=sys.stderr, flush=True)


def _turn(public: Path) -> int:
    """The round that was written last."""
    note = public.with_name("turn")
    turn = int(note.read_text()) if note.exists() else 0
    note.write_text(str(turn + 1))
    return turn


@contextlib.contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    """The folder to work in: this one, emptied and left there, or one that goes away."""
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir(parents=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="aggregator-cycle-") as folder:
            Path(folder).chmod(0o755)  # nginx, started by root, reads as somebody else
            yield Path(folder)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Nginx over the folder's `public`; its address."""
    program = shutil.which("nginx")
    if program is None:
        sys.exit("nginx is not on the PATH")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    with subprocess.Popen([program, "-p", str(folder), "-c", str(config)]) as server:
        try:
            _await(f"http://127.0.0.1:{port}/00/00000.xml")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _await(url: str) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), urllib.request.urlopen(url):  # noqa: S310  our own
            return
        time.sleep(0.05)
    sys.exit(f"nothing answers at {url}")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _print(count: int, rows: list[bars.Row]) -> None:
    print(f"\n{count} feeds      CPU s   wall s   ms/feed  memory MB  database MB")
    for row in rows:
        print(
            f"{row.program:11} {row.kind:5} {row.cost.cpu:6.2f} {row.cost.wall:8.2f} "
            f"{1000 * row.cost.cpu / count:9.2f} {row.cost.memory / 1e6:10.0f} "
            f"{row.database / 1e6:12.1f}"
        )
    for kind in dict.fromkeys(row.kind for row in rows):
        last = {row.program: row.cost for row in rows if row.kind == kind}
        ours = last.pop("aggregator", None)
        if ours:
            told = (
                f"{name} {ours.cpu / cost.cpu:.3f} (wall {ours.wall / cost.wall:.3f})"
                for name, cost in last.items()
            )
            print(f"{kind}: CPU of aggregator over", ", ".join(told))


if __name__ == "__main__":
    main()
