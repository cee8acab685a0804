"""What a changed list of people would do to the items of late, without doing it."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path

from aggregator.config.load import loads
from aggregator.errors import ConfigError, Problem
from aggregator.pipeline import Tools
from aggregator.store import items as stored_items
from aggregator.tag.matcher import Tagger
from aggregator.values.item import Item
from aggregator.values.tag import Person

MOST_ITEMS = 50_000  # that are tagged again, if there is the time
MOST_TIME_S = 20.0
MOST_EXAMPLES = 5  # items shown of each person
MOST_LINES = 4_000  # of a section that is compared line by line
PAUSE_S = 0.001  # every so many items, so that whoever polls gets a turn
_HEAD = "people:\n"
_SECTION = re.compile(r"^people:.*?(?=^[^\s#-]|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one person's tag."""

    slug: str
    name: str
    gained: int  # items
    lost: int
    examples: tuple[tuple[Item, bool], ...]  # the newest, and whether they gain the tag


@dataclass(frozen=True, slots=True)
class Preview:
    """What a changed list comes to."""

    people: int  # in the new list
    changes: tuple[Change, ...]  # most items first
    looked_at: int  # items
    until: datetime | None  # when the oldest of them was; None for none
    complete: bool  # all items since then; else time or patience ran out
    lines: tuple[str, ...]  # the section as it would be, against what it is: "+  - name: ..."

    @property
    def to_paste(self) -> str:
        """The lines that are new or other than they are."""
        return "\n".join(line[1:] for line in self.lines if line.startswith("+"))


def people_of(text: str) -> tuple[Person, ...]:
    """The people of a section, as it would stand in feeds.yaml, with or without its first line.

    Raises:
        ConfigError: with the places in this text; nothing of the environment is filled in.
    """
    head = "" if re.match(r"\s*(?:#[^\n]*\n\s*)*people:", text) else _HEAD
    try:
        return loads((head + text).encode(), Path("feeds.yaml"), {}).people
    except ConfigError as error:
        raise ConfigError(
            tuple(
                Problem(
                    "people", max(1, problem.line - bool(head)), problem.column, problem.message
                )
                for problem in error.problems
            )
        ) from None


def section(text: str) -> str:
    """The people of a feeds.yaml as they stand in it; "" where there are none in block style."""
    found = _SECTION.search(text)
    return found[0].rstrip() + "\n" if found else ""


def preview(tools: Tools, text: str, since: datetime) -> Preview:
    """What this section would gain and lose over the items of this time or later.

    Editors' verdicts stand, as they do in a retag. The newest come first, and only so many are
    looked at.

    Raises:
        ConfigError: the section cannot be used.
    """
    people = people_of(text)
    tagger = Tagger(people)
    names = {person.slug: person.name for person in (*tools.config.people, *people)}
    gained: dict[str, list[Item]] = defaultdict(list)
    lost: dict[str, list[Item]] = defaultdict(list)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    enough = patience(MOST_ITEMS, MOST_TIME_S)
    looked_at, last, complete = 0, None, True
    with tools.store.reading() as session:
        for item in stored_items.walk(session, "all"):
            if item.at < since:
                break
            if enough():
                complete = False
                break
            looked_at, last = looked_at + 1, item.at
            tags = {source.id: tagger.tag(source.entry.document()) for source in item.sources}
            before, now = set(item.slugs), item.slugs_with(tags)
            for which, slugs, shown in ((0, now - before, gained), (1, before - now, lost)):
                for slug in slugs:
                    counts[slug][which] += 1
                    if len(shown[slug]) < MOST_EXAMPLES:
                        shown[slug].append(item)
    changes = (
        Change(
            slug,
            names.get(slug, slug),
            gained=counts[slug][0],
            lost=counts[slug][1],
            examples=(
                *((item, True) for item in gained[slug]),
                *((item, False) for item in lost[slug]),
            ),
        )
        for slug in counts
    )
    return Preview(
        people=len(people),
        changes=tuple(sorted(changes, key=lambda one: (-one.gained - one.lost, one.slug))),
        looked_at=looked_at,
        until=last,
        complete=complete,
        lines=_compared(current(tools), text),
    )


def patience(most: int, most_time_s: float) -> Callable[[], bool]:
    """Whether it is enough, asked once for each thing: so many, or so much time."""
    began, seen = time.monotonic(), 0

    def enough() -> bool:
        nonlocal seen
        seen += 1
        if seen % 100 == 0:
            time.sleep(PAUSE_S)
        return seen > most or time.monotonic() - began > most_time_s

    return enough


def current(tools: Tools) -> str:
    """The people of feeds.yaml as they stand there now; "" where they cannot be cut out."""
    try:
        return section(tools.config.path.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return ""


def _compared(old: str, new: str) -> tuple[str, ...]:
    before, after = ([line.rstrip() for line in text.splitlines()] for text in (old, new))
    if before[:1] == ["people:"] and after[:1] != ["people:"]:
        before = before[1:]
    if len(before) + len(after) > MOST_LINES:
        return ()
    return tuple(unified_diff(before, after, lineterm="", n=1))[2:]
