"""Known entries found again in a document of their own feed.

Feeds share one link among many entries, share one guid, change guids at every poll, use an old
guid for a new story, and give neither guid nor link. So no single key will do: a document is
matched with what is known in rounds, the surest first, and what one round matched is out of the
next. A round that could confuse two entries does not match at all: better a double than a loss.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeAlias

from aggregator.dedupe import near
from aggregator.dedupe.identity import folded
from aggregator.dedupe.likeness import contradict, have_nothing_in_common, likeness, titles_alike
from aggregator.values.item import Entry, KnownEntry, Prints

_FAR_NEWER = timedelta(hours=12)  # a guid that comes back with such a date may be reused
_SURE = 40  # characters of a text that two entries do not share by chance
_FEW = 50  # entries that are compared word by word
_LOOKED_AT = 50  # stored entries of one key that are asked about, the latest first
_ALIKE_ONLY_IN_TITLE = 0.1
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the document."""

    place: int  # in the document, from 0; no rule but the answer's order depends on it
    entry: Entry
    prints: Prints


Thing: TypeAlias = Said | KnownEntry
_Key: TypeAlias = Callable[[Thing], Hashable]  # None: the round has nothing to say about it


def distinct(document: Sequence[Said]) -> list[Said]:
    """The entries less those that are the very same one again.

    The same guid, link and headline with the same text or the same date is one entry, and without
    a guid only what is the same in everything.
    """
    groups: defaultdict[Hashable, list[Said]] = defaultdict(list)
    for said in document:
        entry = said.entry
        alone = None if entry.guid else (entry.published, said.prints.digest)
        groups[entry.guid, entry.link, folded(entry.title), alone].append(said)
    kept: list[Said] = []
    for group in groups.values():
        digests: set[int] = set()
        dates: set[datetime] = set()
        for said in sorted(group, key=_newest_first):
            date = said.entry.published
            if said.prints.digest in digests or (date is not None and date in dates):
                continue
            digests.add(said.prints.digest)
            dates |= {date} if date is not None else set()
            kept.append(said)
    return sorted(kept, key=lambda said: said.place)


def recognised(document: Sequence[Said], mine: Sequence[KnownEntry]) -> dict[int, KnownEntry]:
    """Which known entry of the feed each entry of the document is, by place; absent: none.

    Args:
        document: its distinct entries.
        mine: entries of the feed that share a guid, link or title print with the document.
    """
    rounds = _Rounds(document, mine)
    rounds.match(_everything)
    rounds.match(_guid_link_and_date)
    rounds.match(_guid_link_and_headline)
    rounds.match(_link_and_date, _guid_may_have_changed)
    if not rounds.guids_tell_nothing():
        rounds.match(_guid_and_link, rounds.is_alone_in(_guid_and_link))
        rounds.match(_guid, rounds.guid_tells)
    rounds.match(_link_and_headline, rounds.is_alone_in(_link_and_headline))
    rounds.match(_link, rounds.link_tells)
    rounds.match(_headline_and_date, _nothing_better_tells)
    rounds.match_by_words()
    return rounds.found


class _Rounds:
    """What is still to be matched, and what was."""

    def __init__(self, document: Sequence[Said], mine: Sequence[KnownEntry]) -> None:
        self.document = document
        self.mine = mine
        self.by_place = {said.place: said for said in document}
        self.said = {said.place: said for said in sorted(document, key=_newest_first)}
        self.known = {known.id: known for known in sorted(mine, key=_latest_first)}
        self.found: dict[int, KnownEntry] = {}
        self.links_said = _counted(_link, document)
        self.links_known = _counted(_link, mine)
        self.guids_said = _counted(_guid, document)
        self.guids_known = _counted(_guid, mine)

    def match(self, key: _Key, same: Callable[[Said, KnownEntry], bool] | None = None) -> None:
        """Match what has equal keys, unless `same` objects."""
        waiting: defaultdict[Hashable, list[KnownEntry]] = defaultdict(list)
        for known in self.known.values():
            waiting[key(known)].append(known)
        for said in list(self.said.values()):
            name = key(said)
            candidates = waiting.get(name, []) if name is not None else []
            for known in candidates[:_LOOKED_AT]:
                if same is None or same(said, known):
                    candidates.remove(known)
                    self._keep(said, known)
                    break

    def guids_tell_nothing(self) -> bool:
        """Whether most entries found so far had another guid: new at every poll, or places."""
        guids = [
            (self.by_place[place].prints.guid, known.prints.guid)
            for place, known in self.found.items()
        ]
        given = [one == other for one, other in guids if one is not None and other is not None]
        return given.count(False) > given.count(True)

    def match_by_words(self) -> None:
        """Match entries whose headline was edited, and that no guid and no link tells apart."""
        changing = self.guids_tell_nothing()
        pairs = [
            (-alike, turn, one, other)
            for turn, one in enumerate(islice(self.said.values(), _FEW))
            for other in islice(self.known.values(), _FEW)
            if one.prints.link == other.prints.link
            and (changing or one.prints.guid == other.prints.guid)
            and (alike := _likeness(one, other)) > 0
            and (one.entry.published == other.published or _is_dated_again(one, other, alike))
        ]
        for _, _, one, other in sorted(pairs, key=lambda pair: pair[:2]):
            if one.place in self.said and other.id in self.known:
                self._keep(one, other)

    def is_alone_in(self, key: _Key) -> Callable[[Said, KnownEntry], bool]:
        """Objects where several entries of the document, or several known ones, have one key."""
        said, known = _counted(key, self.document), _counted(key, self.mine)

        def same(one: Said, other: KnownEntry) -> bool:
            name = key(one)
            return said[name] == 1 and (known[name] == 1 or _are_alike(one, other))

        return same

    def guid_tells(self, said: Said, known: KnownEntry) -> bool:
        """A guid names one entry, unless it is shared or reused."""
        shared = self.guids_said[_guid(said)] > 1 or self.guids_known[_guid(known)] > 1
        if shared:
            return self.guids_said[_guid(said)] == 1 and _are_alike(said, known)
        return not _is_reused(said, known)

    def link_tells(self, said: Said, known: KnownEntry) -> bool:
        """A link names one entry where guids are missing or change, unless it is shared."""
        if self.links_said[_link(said)] > 1 or self.links_known[_link(known)] > 1:
            return False
        if said.prints.guid is not None and known.prints.guid is not None:
            return _are_alike(said, known)
        return not _is_far_newer(said, known) or _are_alike(said, known)

    def _keep(self, said: Said, known: KnownEntry) -> None:
        self.found[said.place] = known
        del self.said[said.place], self.known[known.id]


# ------------------------------------------------------------------------------------- the keys


def _everything(thing: Thing) -> Hashable:
    return thing.prints.guid, thing.prints.link, thing.prints.title, thing.prints.digest


def _guid_link_and_date(thing: Thing) -> Hashable:
    return thing.prints.guid, thing.prints.link, thing.prints.title


def _guid_link_and_headline(thing: Thing) -> Hashable:
    return (*_guid_link(thing), folded(_title(thing))) if thing.prints.guid is not None else None


def _guid_and_link(thing: Thing) -> Hashable:
    return _guid_link(thing) if None not in _guid_link(thing) else None


def _guid(thing: Thing) -> Hashable:
    return thing.prints.guid


def _link(thing: Thing) -> Hashable:
    return thing.prints.link


def _link_and_headline(thing: Thing) -> Hashable:
    return (thing.prints.link, folded(_title(thing))) if thing.prints.link is not None else None


def _link_and_date(thing: Thing) -> Hashable:
    return thing.prints.link, thing.prints.title


def _headline_and_date(thing: Thing) -> Hashable:
    return thing.prints.title


def _guid_link(thing: Thing) -> tuple[int | None, int | None]:
    return thing.prints.guid, thing.prints.link


# ------------------------------------------------------------------------------ what they are asked


def _guid_may_have_changed(said: Said, known: KnownEntry) -> bool:
    """One page under one headline and date, under another guid than before."""
    if said.prints.digest == known.prints.digest:
        return said.prints.link is not None or _nothing_better_tells(said, known)
    return said.prints.link is not None and _date(said) is not None


def _nothing_better_tells(said: Said, known: KnownEntry) -> bool:
    """One headline of one date, where guids and links are missing or change."""
    if said.prints.digest == known.prints.digest and len(said.entry.text) >= _SURE:
        return True
    if said.prints.link is not None and known.prints.link is not None:
        return False
    return _date(said) is not None


def _is_reused(said: Said, known: KnownEntry) -> bool:
    """An old guid on a new story: another headline and a far newer date.

    And another page: one guid on one page was matched before anybody asks this.
    """
    if _is_far_newer(said, known) or said.entry.published is None:
        return not _are_alike(said, known)
    newer = known.published is not None and said.entry.published > known.published
    return newer and have_nothing_in_common(_telling(said), _telling(known))


def _is_far_newer(said: Said, known: KnownEntry) -> bool:
    dates = said.entry.published, known.published
    return dates[0] is not None and dates[1] is not None and dates[0] - dates[1] > _FAR_NEWER


def _are_alike(said: Said, known: KnownEntry) -> bool:
    """Whether they could be one entry before and after an edit."""
    if said.prints.digest == known.prints.digest or folded(_title(said)) == folded(known.title):
        return True
    ours, theirs = _telling(said), _telling(known)
    return titles_alike(ours, theirs) or likeness(ours, theirs) > 0


def _is_dated_again(said: Said, known: KnownEntry, alike: float) -> bool:
    """Whether an edit may have moved the date: the same words, some hours later."""
    dates = said.entry.published, known.published
    if dates[0] is None or dates[1] is None or alike <= _ALIKE_ONLY_IN_TITLE:
        return False
    return timedelta(0) < dates[0] - dates[1] <= _FAR_NEWER


def _likeness(said: Said, known: KnownEntry) -> float:
    ours, theirs = _telling(said), _telling(known)
    alike = likeness(ours, theirs)
    if alike or not titles_alike(ours, theirs) or contradict(ours, theirs):
        return alike
    return _ALIKE_ONLY_IN_TITLE


def _telling(thing: Thing) -> near.Telling:
    return near.telling(_title(thing), thing.entry.text if isinstance(thing, Said) else thing.text)


def _title(thing: Thing) -> str | None:
    return thing.entry.title if isinstance(thing, Said) else thing.title


def _date(thing: Thing) -> datetime | None:
    return thing.entry.published if isinstance(thing, Said) else thing.published


def _newest_first(said: Said) -> tuple[float, float, int, int, int, str, str]:
    """An order of entries that does not depend on the document's."""
    entry = said.entry
    dates = (entry.updated or entry.published or _NEVER, entry.published or _NEVER)
    names = (said.prints.digest, said.prints.guid or 0, said.prints.link or 0)
    words = (entry.link or "", entry.title or "")  # where all prints are equal, or there are none
    return -_seconds(dates[0]), -_seconds(dates[1]), *names, *words


def _seconds(when: datetime) -> float:
    return (when - _NEVER).total_seconds()


def _latest_first(known: KnownEntry) -> int:
    return -known.id


def _counted(key: _Key, things: Iterable[Thing]) -> Mapping[Hashable, int]:
    return Counter(key(thing) for thing in things)
