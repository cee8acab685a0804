"""Programs that read many feeds, each set up to do one cycle after another over the same ones."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WORKERS = 8
CACHE = Path.home() / ".cache" / "aggregator-benchmarks"
_READER = """
import sys
from reader import make_reader, FeedExistsError
reader = make_reader(sys.argv[1])
for line in open(sys.argv[2]):
    reader.add_feed(line.strip(), exist_ok=True)
for _ in reader.update_feeds_iter(workers=int(sys.argv[3]), scheduled=False):
    pass
"""


@dataclass(frozen=True)
class Program:
    """How one program does a cycle."""

    name: str
    command: Sequence[str]
    database: Path  # file or folder it keeps everything in
    env: Mapping[str, str] = field(default_factory=dict)


def product(folder: Path, urls: Sequence[str], names: Sequence[str]) -> Program:
    """This project: tags, publishing, guards and all."""
    folder.mkdir(parents=True)
    lines = [
        "site: {title: Benchmark, url: 'http://localhost:8000/'}",
        f"poll: {{allow_hosts: ['{urls[0].split('/')[2]}']}}",
        "feeds:",
        *(f"  - {url}" for url in urls),
        "people:",
        *(f"  - {{name: {name}}}" for name in names),
    ]
    config = folder / "feeds.yaml"
    config.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "aggregator", "--config", str(config), "poll", "--all"]
    return Program("aggregator", [*command, "--json"], folder / "db")


def reader(folder: Path, urls: Sequence[str], _names: Sequence[str]) -> Program:
    """lemon24/reader, which it takes from the package index into a folder of its own."""
    python = CACHE / "reader" / "bin" / "python"
    if not python.exists():
        _call(sys.executable, "-m", "venv", str(CACHE / "reader"))
        _call(str(python), "-m", "pip", "install", "--quiet", "reader", "sgmllib3k")
    folder.mkdir(parents=True)
    (folder / "urls").write_text("\n".join(urls) + "\n")
    database = folder / "db" / "reader.sqlite"
    database.parent.mkdir()
    command = [str(python), "-c", _READER, str(database), str(folder / "urls"), str(WORKERS)]
    return Program("reader", command, database.parent)


def newsboat(folder: Path, urls: Sequence[str], _names: Sequence[str]) -> Program:
    """newsboat, as the machine has it."""
    program = _found("newsboat")
    (folder / "db").mkdir(parents=True)
    (folder / "urls").write_text("\n".join(urls) + "\n")
    (folder / "config").write_text(f"reload-threads {WORKERS}\n")
    places = ["-u", folder / "urls", "-c", folder / "db" / "cache.db", "-C", folder / "config"]
    command = [program, *map(str, places), "-q", "-x", "reload"]
    return Program("newsboat", command, folder / "db", {"HOME": str(folder), "TERM": "dumb"})


def sfeed(folder: Path, urls: Sequence[str], _names: Sequence[str]) -> Program:
    """sfeed_update, as the machine has it: curl and a parser in C for each feed."""
    program = _found("sfeed_update")
    folder.mkdir(parents=True)
    feeds = "\n".join(f"\tfeed 'feed{number}' '{url}'" for number, url in enumerate(urls))
    settings = f'sfeedpath="{folder / "db"}"\nmaxjobs={WORKERS}\nfeeds() {{\n{feeds}\n}}\n'
    (folder / "sfeedrc").write_text(settings)
    return Program("sfeed", [program, str(folder / "sfeedrc")], folder / "db")


PEERS: Mapping[str, Callable[[Path, Sequence[str], Sequence[str]], Program]] = {
    "aggregator": product,
    "reader": reader,
    "newsboat": newsboat,
    "sfeed": sfeed,
}


class Absent(Exception):
    """A peer is not on this machine."""


def _found(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise Absent(f"{name} is not on the PATH")
    return program


def _call(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Absent(f"{command[-1]} could not be installed: {error}") from error
