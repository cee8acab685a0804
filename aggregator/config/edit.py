"""Edits feeds.yaml: adds and removes feeds and people, and leaves every other line as it is.

All but `rewrite` take a text and return a text. What they return has been read again: it holds
what was asked for and, beyond that, exactly what it held before.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator.config import addresses, compose, nodes, render, splice
from aggregator.config.load import Config, loads, read_bytes
from aggregator.config.names import slug_of
from aggregator.errors import (
    ConfigError,
    FeedExists,
    NoSuchFeed,
    NotEditable,
    PersonExists,
    Unusable,
)
from aggregator.opml import Outline

_BOM = b"\xef\xbb\xbf"
_TITLE_LENGTH = 200  # characters; what the schema takes


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an OPML document's feeds."""

    text: str  # feeds.yaml with the added ones
    added: tuple[Outline, ...]
    known: tuple[Outline, ...]  # were there already
    refused: tuple[tuple[Outline, str], ...]  # each with the reason


def add_feed(
    text: str,
    url: str,
    *,
    title: str | None = None,
    language: str | None = None,
    groups: Sequence[str] = (),
) -> str:
    """The text with one more feed, at the end of the list.

    Raises:
        FeedExists: the feed is there already, be it under another spelling of its address.
        NotEditable: the text is written too cleverly.
    """
    for known in _feed_addresses(text):
        if addresses.identity(known) == addresses.identity(url):
            raise FeedExists(f"{nodes.shown(known)} is in feeds.yaml already")
    return _added(text, "feeds", [_feed_entry(url, title, language, groups)])


def remove_feed(text: str, url: str) -> str:
    """The text without a feed; any spelling of its address will do.

    Raises:
        NoSuchFeed: there is none; NotEditable: the text is written too cleverly.
    """
    known = _feed_addresses(text)
    matching = [number for number, address in enumerate(known) if address == url] or [
        number
        for number, address in enumerate(known)
        if addresses.identity(address) == addresses.identity(url)
    ]
    if not matching:
        raise NoSuchFeed(f"feeds.yaml has no feed {nodes.shown(url)}: see `aggregator feeds list`")
    number = matching[0]
    before = _section(text, "feeds")
    return _checked(
        text,
        splice.remove(text, "feeds", number),
        "feeds",
        before[:number] + before[number + 1 :],
    )


def import_feeds(text: str, outlines: Iterable[Outline]) -> Imported:
    """The text with the feeds of an OPML document that it has not yet; folders become groups."""
    identities = {addresses.identity(address) for address in _feed_addresses(text)}
    added: list[Outline] = []
    known: list[Outline] = []
    refused: list[tuple[Outline, str]] = []
    entries: list[render.Entry] = []
    for outline in outlines:
        url = outline.url.strip()
        try:
            addresses.http(url)
        except ValueError as error:
            refused.append((outline, f"`{nodes.shown(url)}` {error}"))
            continue
        if "${" in url or not nodes.is_clean(url):
            refused.append((outline, f"`{nodes.shown(url)}` holds signs that no address has"))
        elif addresses.identity(url) in identities:
            known.append(outline)
        else:
            identities.add(addresses.identity(url))
            added.append(outline)
            entries.append(_feed_entry(url, outline.title, None, outline.groups))
    if entries:
        text = _added(text, "feeds", entries)
    return Imported(text, tuple(added), tuple(known), tuple(refused))


def add_person(
    text: str,
    name: str,
    *,
    slug: str | None = None,
    aliases: Sequence[str] = (),
    wikidata: str | None = None,
) -> str:
    """The text with one more person, at the end of the list.

    Raises:
        PersonExists: somebody has this slug already.
        NotEditable: a name is empty, or the text is written too cleverly.
    """
    if not all(_tidy(said) for said in (name, *aliases)):
        raise NotEditable("the name, or an alias, is empty: write it as it is to be shown")
    for known in _section(text, "people"):
        if isinstance(known, dict):
            taken = known.get("slug") or slug_of(str(known.get("name")))
            if taken == (slug or slug_of(name)):
                raise PersonExists(
                    f"{nodes.shown(str(known.get('name')))} has the slug {taken} already:"
                    " give another with --slug"
                )
    entry: dict[str, render.Value] = {"name": _tidy(name)}
    if slug:
        entry["slug"] = slug
    if aliases:
        entry["aliases"] = [_tidy(alias) for alias in aliases]
    if wikidata:
        entry["wikidata"] = wikidata
    return _added(text, "people", [entry])


def planned(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    """What feeds.yaml would say with this text, where it says something right now.

    Raises:
        NotEditable: it would be wrong; the text says why, without a place that is not there yet.
    """
    try:
        return loads(text.encode(), path, environ)
    except ConfigError as error:
        raise NotEditable(error.problems[0].message) from error


def rewrite(path: Path, environ: Mapping[str, str], change: Callable[[str], str]) -> Config:
    """Change feeds.yaml on disk: wholly or, when anything is wrong before or after, not at all.

    Two that change it at once do so one after the other, and both changes are kept.

    Raises:
        ConfigError: the file is wrong; NotEditable: it would be; Unusable: it cannot be written.
    """
    with _held(path):
        body = read_bytes(path)
        config = loads(body, path, environ)
        mark = _BOM if body.startswith(_BOM) else b""
        text = change(config.document.text)
        if mark + text.encode() == body:
            return config
        config = planned(text, path, environ)
        _replace(path, mark + text.encode())
        return config


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Nobody else rewrites the file meanwhile; a missing or locked one is left to its reader."""
    while True:
        try:
            file = path.open("rb")
        except OSError:
            yield
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(file.fileno(), path):  # not another, put in its place while we waited
                yield
                return


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return True  # it is gone: reading it will tell


def _replace(path: Path, body: bytes) -> None:
    target = path.resolve()  # a link stays a link
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".feeds-")
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        os.replace(temporary, target)  # noqa: PTH105  beside mkstemp, names are strings
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise Unusable(f"{path}: cannot be written: {error.strerror}") from error


def _feed_entry(
    url: str, title: str | None, language: str | None, groups: Sequence[str]
) -> render.Entry:
    entry: dict[str, render.Value] = {"url": url}
    if title and (tidy := _tidy(title)):
        entry["title"] = tidy
    if language:
        entry["language"] = language
    if labels := [label for group in groups if (label := _tidy(group).replace('"', ""))]:
        entry["groups"] = list(dict.fromkeys(labels))
    return url if len(entry) == 1 else entry


def _tidy(text: str) -> str:
    """A text of one line, without what a file may not hold, and short enough."""
    clean = "".join(letter for letter in text if nodes.is_clean(letter))
    return " ".join(clean.replace("${", "$ {").split())[:_TITLE_LENGTH].strip()


def _added(text: str, section: str, entries: list[render.Entry]) -> str:
    expected = [*_section(text, section), *entries]
    return _checked(text, splice.insert(text, section, entries), section, expected)


def _checked(before: str, after: str, section: str, expected: list[object]) -> str:
    """The text after an edit, found to say what it said before but for this section."""
    said, says = nodes.plain(compose.read(before).root), None
    wanted = {**(said if isinstance(said, dict) else {}), section: expected}
    try:
        document = compose.read(after)
        says = nodes.plain(document.root) if not document.faults else None
    except nodes.Unreadable:
        pass
    if isinstance(says, dict) and says.get(section) is None:
        says = {**says, section: []}  # the last entry went
    if says != wanted:
        raise NotEditable(
            f"`{section}` is written in a way that cannot be edited line by line: edit it by hand"
        )
    return after


def _section(text: str, section: str) -> list[object]:
    root = nodes.plain(compose.read(text).root)
    listed = root.get(section) if isinstance(root, dict) else None
    return listed if isinstance(listed, list) else []


def _feed_addresses(text: str) -> list[str]:
    """The address of every entry of `feeds`, as written."""
    return [
        str(entry.get("url")) if isinstance(entry, dict) else str(entry)
        for entry in _section(text, "feeds")
    ]
