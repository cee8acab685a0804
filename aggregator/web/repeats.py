"""Requests that came before, byte for byte, and how they were answered.

Feed readers say the same at every visit, and those of one make say the same from everywhere. For
such a request nothing has to be parsed, negotiated and put together again: as long as the file is
the one that was served then, its answer is the same bytes, but for the date.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

MOST: Final = 4096
"""Requests kept; of an answer only the head is kept with each, the body lies on the shelf."""

LONGEST_BYTES: Final = 2048
"""A longer request is that of a browser with cookies, and comes once."""

STATE: Final = "repeat"
"""In the state of an ASGI scope: where an app says that its answer may be given again."""

Again: TypeAlias = Callable[[], bytes | None]


@dataclass(frozen=True, slots=True)
class Repeatable:
    """What an app says of an answer that depends on the request and on one file."""

    status: int
    headers: list[tuple[bytes, bytes]]
    again: Again  # quick: its body; None when it would be another answer now


@dataclass(slots=True)
class Answered:
    """An answer in bytes; between status line and the rest comes what changes, the date."""

    line: bytes
    rest: bytes  # headers, and the empty line
    body: bytes


class Repeats:
    """The requests that came last, of all connections."""

    def __init__(self, most: int = MOST) -> None:
        """None yet; at most so many."""
        self._most = most
        self._answered: OrderedDict[bytes, tuple[bytes, bytes, Again]] = OrderedDict()
        self._said: list[tuple[bytes, bytes]] = []
        self._lines = b""

    def find(self, request: bytes) -> Answered | None:
        """How this request was answered; None when it is new, or its answer would be another."""
        found = self._answered.get(request)
        if found is None:
            return None
        line, rest, again = found
        body = again()
        if body is None:
            del self._answered[request]
            return None
        return Answered(line, rest, body)

    def keep(self, request: bytes, line: bytes, answer: Repeatable) -> None:
        """Remember how a request was answered.

        Args:
            request: head and all, with nothing behind it.
            line: the status line, with its end.
            answer: what followed.
        """
        self._answered[request] = (line, _lines(answer.headers) + b"\r\n", answer.again)
        if len(self._answered) > self._most:
            self._answered.popitem(last=False)

    def lines(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The server's own headers as lines; it has another list each second."""
        if headers is not self._said:
            self._said, self._lines = headers, _lines(headers)
        return self._lines


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)
