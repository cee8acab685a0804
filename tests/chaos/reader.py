"""A subscriber who reads every version of every published file, and keeps what it trips on."""

import gzip
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli
from lxml import etree, html

PAUSE_S = 0.01


class Reader:
    """Reads a published folder in a thread, from `start` to `stop`."""

    def __init__(self, public: Path) -> None:
        """Read what is in this folder, which need not be there yet."""
        self.torn: list[str] = []  # published files that could not be read, and why
        self.read = 0  # published files that could
        self._public = public
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._read_all_the_time, daemon=True)

    def start(self) -> None:
        """Read from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._enough.set()
        if self._thread.is_alive():
            self._thread.join()

    def _read_all_the_time(self) -> None:
        """What any subscriber does: take a published file that is new, and read it to its end."""
        known: dict[Path, tuple[int, ...]] = {}
        while not self._enough.wait(PAUSE_S):
            for file in sorted(_files(self._public)):
                if self._enough.is_set():
                    return
                try:
                    version = _version(file)  # before it is read: another may come meanwhile
                    if known.get(file) == version:
                        continue
                    legible(file)
                except FileNotFoundError:
                    continue  # taken away since it was listed
                except Exception as error:  # noqa: BLE001 (whatever it is, a reader trips on it)
                    self.torn.append(f"{file}: {error!r}")
                else:
                    self.read += 1
                    known[file] = version


def _files(public: Path) -> Iterator[Path]:
    """Every published file; folders may be taken away meanwhile."""
    for folder, _, names in os.walk(public):
        if ".publishing" not in Path(folder).parts:
            yield from (Path(folder, name) for name in names)


def _version(file: Path) -> tuple[int, ...]:
    """Another whenever the file was written again."""
    stat = file.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def legible(file: Path) -> None:
    """Read a published file to its end; raises whatever is wrong with it."""
    content = file.read_bytes()
    suffixes = file.suffixes
    if suffixes[-1] == ".gz":
        content, suffixes = gzip.decompress(content), suffixes[:-1]
    elif suffixes[-1] == ".br":
        content, suffixes = brotli.decompress(content), suffixes[:-1]
    match suffixes[-1]:
        case ".xml" | ".opml":
            etree.fromstring(content)
        case ".json":
            json.loads(content)
        case ".html":
            html.document_fromstring(content)
            assert content.rstrip().endswith(b"</html>")
        case ".map":  # for nginx; empty while nothing was moved or removed
            assert all(line.endswith(b";") for line in content.splitlines())
        case _:
            assert content
