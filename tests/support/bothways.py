"""A document, read by our own mapping and by feedparser: both must say the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aggregator.errors import NotAFeed
from aggregator.parse import mapping
from aggregator.parse.document import parse
from aggregator.parse.names import Unusual
from aggregator.parse.reference import Read
from aggregator.values.item import ParsedFeed
from tests.support.corpus import URL


def read(body: bytes) -> ParsedFeed | str:
    """The feed, or why it is none."""
    try:
        return parse(body, url=URL, content_type=None)
    except NotAFeed as error:
        return str(error)


@contextmanager
def taking(note: list[bool], *, only_feedparser: bool = False) -> Iterator[None]:
    """Note, of each document, whether the mapping reads it."""

    def noted(body: bytes, url: str, declared: object) -> Read:
        note.append(False)
        if only_feedparser:
            raise Unusual("not asked")
        found = real(body, url, declared)  # type: ignore[arg-type]
        note[-1] = True
        return found

    real = mapping.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping, "read", noted)
        yield


def check(body: bytes) -> bool:
    """Read a document both ways; whether the mapping read it."""
    note: list[bool] = []
    with taking(note):
        ours = read(body)
    if not any(note):
        return False
    with taking([], only_feedparser=True):
        theirs = read(body)
    assert ours == theirs
    return True
