"""Phrases that editors say never count for a person: "Lavrov Foundation"."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.tag.fold import fold
from aggregator.tag.line import Line
from aggregator.tag.text import TOKEN
from aggregator.values.tag import Person


@dataclass(frozen=True, slots=True)
class Bars:
    """Where in a field which people do not count."""

    places: frozenset[tuple[int, int]] = frozenset()  # person, index of a word

    def bars(self, person: int, first: int, last: int) -> bool:
        """Whether words[first] to words[last] touch a phrase that is excluded for the person."""
        return bool(self.places) and any(
            (person, at) in self.places for at in range(first, last + 1)
        )


_NOTHING = Bars()


class Excluded:
    """The excluded phrases of all people."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        for number, person in enumerate(people):
            for phrase in person.exclude:
                words = tuple(fold(word) for word in TOKEN.findall(phrase))
                if words:
                    self._phrases[words[0]].append((words, number))

    def find(self, line: Line) -> Bars:
        """Where the phrases stand in a field."""
        if not self._phrases:
            return _NOTHING
        folded = [fold(word) for word in line.words]
        places: set[tuple[int, int]] = set()
        for at, word in enumerate(folded):
            for phrase, person in self._phrases.get(word, ()):
                if tuple(folded[at : at + len(phrase)]) == phrase:
                    places.update((person, at + step) for step in range(len(phrase)))
        return Bars(frozenset(places))
